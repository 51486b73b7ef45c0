import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, onTestFinished, test } from "vitest";
import { type KnownAttempt, textOf } from "../fixture-server.ts";
import { Scene } from "../fixture-worker.ts";
import { tarOf } from "../tar-of.ts";
import { mountTmpfs } from "../tmpfs.ts";
import { useScene } from "../use-scene.ts";
import { makePackageIndex } from "./packages.ts";

const scene = useScene();
const python = { version: "3", lockKind: "pip", requirementsFile: "requirements.txt" };
const command = { case: "shell" as const, value: "python -c 'import tinypkg; print(tinypkg.VALUE)'" };
const offline = (index: string) => ({ PIP_FIND_LINKS: index, PIP_NO_INDEX: "1" });
const said = (known: KnownAttempt) => textOf(known, LogStream.WORKER);

function keysOf(folder: string): string[] {
  return readdirSync(folder).filter((key) => key !== ".locks");
}

describe("a folder of environments", () => {
  test("of two workers: one builds, the other waits and uses it; one killed in the middle is taken over", async () => {
    const [shared, mark] = [join(scene().root, "shared"), join(scene().root, "building")];
    const slow = makePackageIndex(join(scene().root, "slow"), mark);
    const other = new Scene();
    onTestFinished(() => other.close());
    await other.server.start();
    for (const server of [scene().server, other.server]) {
      server.inputs.set("1-1", await tarOf([{ name: "requirements.txt", content: "tinypkg==1.0\n" }]));
    }
    const first = scene().worker(["--environments", shared], offline(slow));
    scene().server.assign({ command, hasInputs: true, python });
    await scene().server.until("a build", () => existsSync(mark) && readFileSync(mark, "utf8") !== "", 60_000);
    other.worker(["--environments", shared], offline(makePackageIndex(join(scene().root, "quick"))));
    const second = other.server.assign({ command, hasInputs: true, python });
    await other.server.until("it to wait", () => said(second).includes("Waiting for another worker"), 60_000);
    expect(keysOf(shared)).toHaveLength(1);
    await first.kill("SIGKILL");
    expect(await other.server.ended(second, 60_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(second, LogStream.STDOUT)).toBe("from the package\n");
    const [key = ""] = keysOf(shared);
    expect(readdirSync(join(shared, key)).filter((name) => name.startsWith("build-"))).toHaveLength(1);
  }, 150_000);

  test("on a full disk says so, keeps nothing broken", async () => {
    const folder = join(scene().root, "small");
    const disk = mountTmpfs(folder, 3);
    if (!disk) return;
    try {
      const { server } = scene();
      scene().worker(["--environments", folder], offline(makePackageIndex(join(scene().root, "index"))));
      for (const key of ["1-1", "2-1"])
        server.inputs.set(key, await tarOf([{ name: "requirements.txt", content: "tinypkg==1.0\n" }]));
      const known = server.assign({ command, hasInputs: true, python });
      const end = await server.ended(known, 60_000);
      expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "disk-full" } });
      expect(end.reason?.message).toMatch(/^The disk of the worker is full, so the environment could not be built: /);
      expect(keysOf(folder)).toEqual([]);
    } finally {
      disk.unmount();
    }
  }, 90_000);
});
