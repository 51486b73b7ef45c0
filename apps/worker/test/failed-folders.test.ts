import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { expect, onTestFinished, test } from "vitest";
import { FailedFolders } from "../src/failed-folders.ts";
import { textOf } from "./fixture-server.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });

test("the files of a failed run stay for a while, and the log says where; those of others go", async () => {
  const { server } = scene();
  scene().worker();
  const failed = server.assign(shell("echo found > what.txt; exit 3"));
  await server.ended(failed);
  const place = join(scene().folder, "failed", "1-1");
  expect(textOf(failed, LogStream.WORKER)).toContain(
    `Its files are kept for a while on the worker's machine, in ${place}\n`,
  );
  await server.until("the folder to go", () => scene().attemptFolders().length === 0);
  expect(readFileSync(join(place, "work", "what.txt"), "utf8")).toBe("found\n");
  for (const script of ["echo found > what.txt", "exit 3"]) await server.ended(server.assign(shell(script)));
  await server.until("the folders to go", () => scene().attemptFolders().length === 0);
  expect(readdirSync(join(scene().folder, "failed"))).toEqual(["1-1"]);
});

test("old ones are removed, and the oldest of those that are too much together", async () => {
  const root = mkdtempSync(join(tmpdir(), "tributary-failed-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const keep = (key: string, hours: number) => {
    mkdirSync(join(root, key, "work"), { recursive: true });
    writeFileSync(join(root, key, "work", "file"), Buffer.alloc(1 << 20, 1));
    const at = new Date(Date.now() - hours * 3_600_000);
    utimesSync(join(root, key), at, at);
  };
  for (const [key, hours] of [
    ["a", 30],
    ["b", 3],
    ["c", 2],
    ["d", 1],
  ] as const)
    keep(key, hours);
  const day = 24 * 3_600_000;
  await new FailedFolders(root, { maxAgeMs: day, maxBytes: Number.POSITIVE_INFINITY }).sweep();
  expect(readdirSync(root)).toEqual(["b", "c", "d"]);
  await new FailedFolders(root, { maxAgeMs: day, maxBytes: 2.5 * 2 ** 20 }).sweep();
  expect(readdirSync(root)).toEqual(["c", "d"]);
  const none = new FailedFolders(root, { maxAgeMs: 0, maxBytes: 0 });
  expect(none.placeFor("e", join(root, "c"))).toBeUndefined();
  await none.sweep();
  expect(existsSync(join(root, "d"))).toBe(false);
});
