import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InputCache } from "../src/input-cache.ts";
import { textOf } from "./fixture-server.ts";
import { tarOf } from "./tar-of.ts";
import { useScene } from "./use-scene.ts";

describe("files that were fetched before", () => {
  let folder: string;
  let downloads: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tributary-inputs-"));
    downloads = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const key = (digit: string) => digit.repeat(64);
  const bytes = (text: string) => Buffer.from(text.repeat(1_000));
  async function* download(text: string, breaks = false) {
    downloads++;
    yield bytes(text).subarray(0, 700);
    if (breaks) throw new Error("broken");
    yield bytes(text).subarray(700);
  }
  const read = (cache: InputCache, name: string, text: string) => buffer(cache.read(key(name), () => download(text)));

  test("are not fetched again, but for one in which a byte has changed", async () => {
    const cache = new InputCache(folder, 2 ** 20);
    expect(await read(cache, "a", "abc")).toEqual(bytes("abc"));
    expect(await read(cache, "a", "abc")).toEqual(bytes("abc"));
    expect(downloads).toBe(1);
    const [name = ""] = readdirSync(folder);
    const damaged = readFileSync(join(folder, name));
    damaged[1_234]! ^= 1;
    writeFileSync(join(folder, name), damaged);
    expect(await read(new InputCache(folder, 2 ** 20), "a", "abc")).toEqual(bytes("abc"));
    expect(downloads).toBe(2);
    expect(readFileSync(join(folder, name))).toEqual(bytes("abc"));
  });

  test("are not kept when they broke off, or have no name", async () => {
    const cache = new InputCache(folder, 2 ** 20);
    await expect(buffer(cache.read(key("b"), () => download("b", true)))).rejects.toThrow("broken");
    expect(await buffer(cache.read("../../x", () => download("x")))).toEqual(bytes("x"));
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, `${key("c")}.x.part`), "half");
    await cache.clear();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("go when they take too much room, the least recently used first", async () => {
    const cache = new InputCache(folder, 2_500);
    await read(cache, "a", "1");
    await read(cache, "b", "2");
    for (const [index, name] of readdirSync(folder).sort().entries()) utimesSync(join(folder, name), index, index);
    await read(cache, "a", "1");
    await read(cache, "c", "3");
    expect(
      readdirSync(folder)
        .map((name) => name[0])
        .sort(),
    ).toEqual(["a", "c"]);
  });
});

describe("a worker elsewhere", () => {
  const scene = useScene();

  test("fetches the same files once", async () => {
    const { server } = scene();
    await server.stop();
    await server.start({ tcp: true });
    scene().worker();
    const archive = await tarOf([{ name: "a.txt", content: "hello" }]);
    for (const number of [1, 2]) {
      server.inputs.set(`${number}-1`, archive);
      const known = server.assign({ command: { case: "shell", value: "cat a.txt" }, hasInputs: true });
      expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
      expect(textOf(known)).toContain("hello");
    }
    expect(server.fetched).toBe(1);
  });
});
