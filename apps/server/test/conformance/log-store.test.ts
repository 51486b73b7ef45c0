import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { joined, logStoreConformance, piece } from "./log-store.ts";

const never = new AbortController().signal;
const child = new URL("log-store-child.ts", import.meta.url).pathname;

describe("logs in files", () => {
  logStoreConformance((folder) => fileLogStore({ folder }));
});

describe("logs in files, hardly any of which may be open", () => {
  logStoreConformance((folder) => fileLogStore({ folder, openChunks: 0 }));
});

describe("logs in files of small chunks", () => {
  logStoreConformance((folder) => fileLogStore({ folder, chunkBytes: 4_000 }));
});

describe("files of a log", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-logs-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const recordSize = 56;
  const text = "one\ntwo\nthree\n";
  const attempt = { taskId: 7, number: 1 };
  const bytesPath = () => join(folder, "0", "7", "000000.log");
  const indexPath = () => join(folder, "0", "7", "000000.index");

  async function writeLog(): Promise<void> {
    const logs = await fileLogStore({ folder });
    await logs.append(attempt, 0, [piece("one\n"), piece("two\n", "stderr"), piece("three\n")]);
    await logs.close();
  }

  it("are exactly the bytes, and a record a piece", async () => {
    await writeLog();
    expect(await readFile(bytesPath(), "utf8")).toBe(text);
    expect((await stat(indexPath())).size).toBe(3 * recordSize);
    expect((await stat(bytesPath())).mode & 0o077).toBe(0);
  });

  /** Opens the log as it is on the disk now, and goes on where it says that it ends. */
  async function resume(): Promise<{ readonly kept: number; readonly told: readonly string[] }> {
    const told: string[] = [];
    const logs = await fileLogStore({ folder, log: (message) => told.push(message) });
    const kept = await logs.kept(attempt);
    expect(joined(await logs.read(7, 0, 1e6))).toBe(text.slice(0, kept));
    const streams = new Map((await logs.read(7, 0, 1e6)).map((chunk) => [chunk.offset, chunk.stream]));
    for (const [offset, stream] of streams) expect(stream).toBe(offset === 4 ? "stderr" : "stdout");
    await logs.append(attempt, kept, [piece(text.slice(kept))]);
    await logs.append(attempt, text.length, [piece("more\n")]);
    await logs.close();
    const again = await fileLogStore({ folder });
    expect((await again.readLines(7, 0, 9)).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "one",
      "two",
      "three",
      "more",
    ]);
    await again.close();
    return { kept, told };
  }

  it("agree again, wherever the index was cut", async () => {
    await writeLog();
    await copyFile(indexPath(), join(folder, "index"));
    await copyFile(bytesPath(), join(folder, "bytes"));
    for (let size = 0; size <= 3 * recordSize; size += 7) {
      await copyFile(join(folder, "index"), indexPath());
      await copyFile(join(folder, "bytes"), bytesPath());
      await truncate(indexPath(), size);
      const { kept, told } = await resume();
      expect(kept).toBe([0, 4, 8, 14][Math.floor(size / recordSize)]);
      expect(told).toHaveLength(size === 3 * recordSize ? 0 : 1);
    }
  });

  it.each([0, 1, 4, 7, 8, 13])("agree again when only %i bytes are left", async (size) => {
    await writeLog();
    await truncate(bytesPath(), size);
    expect((await resume()).kept).toBe(size < 4 ? 0 : size < 8 ? 4 : 8);
  });

  it("lose bytes that nobody was told are kept", async () => {
    await writeLog();
    await appendFile(bytesPath(), "no record of this");
    expect((await resume()).kept).toBe(text.length);
    expect(await readFile(bytesPath(), "utf8")).toBe(`${text}more\n`);
  });

  it("do not take a damaged record for one", async () => {
    await writeLog();
    const index = await readFile(indexPath());
    // The attempt's number: everything else of the record would still fit.
    index.writeUInt8(index.readUInt8(2 * recordSize + 8) ^ 2, 2 * recordSize + 8);
    await writeFile(indexPath(), Buffer.concat([index, Buffer.alloc(2 * recordSize)]));
    expect((await resume()).kept).toBe(8);
  });

  it("have everything that was acknowledged when the process is killed", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 4; round++) {
      const writer = spawn(process.execPath, [child, folder], { stdio: ["ignore", "pipe", "inherit"] });
      const acknowledged = await readAcknowledged(writer, 200 + round * 137);
      const logs = await fileLogStore({ folder });
      expect(acknowledged.size).toBe(3);
      for (const [taskId, bytes] of acknowledged) {
        const kept = await logs.kept({ taskId, number: 1 });
        expect(kept).toBeGreaterThanOrEqual(bytes);
        const lines = await logs.readLines(taskId, 0, 1e6);
        for (const line of lines) expect(line.bytes.length).toBe(999);
        expect((await logs.size(taskId)).bytes).toBe(kept);
      }
      await logs.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("stay whole when the disk is full, and go on when there is room", { timeout: 60_000 }, async () => {
    // A limit on the size of files stands for the disk; in units of 512 bytes (sh) or 1024 (bash).
    const limited = ["-c", `ulimit -f 200 && exec "$0" "$@"`, process.execPath, child, folder, "3000"];
    const writer = spawn("sh", limited, { stdio: ["ignore", "pipe", "inherit"] });
    const said: string[] = [];
    for await (const line of createInterface({ input: writer.stdout })) said.push(line);
    expect(said.filter((line) => line.startsWith("refused"))).toEqual(Array(3).fill("refused exhausted"));
    const last = Math.max(...said.filter((line) => line.startsWith("1 ")).map((line) => Number(line.split(" ")[1])));
    const logs = await fileLogStore({ folder });
    expect(await logs.kept({ taskId: 1, number: 1 })).toBe(last);
    expect(await logs.append({ taskId: 1, number: 1 }, last, [piece("room\n")])).toBe(last + 5);
    expect((await logs.readLines(1, last / 3000, 9)).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "room",
    ]);
    await logs.close();
  });

  it("are not held in memory, however slow the readers are", { timeout: 60_000 }, async () => {
    const logs = await fileLogStore({ folder });
    const stop = new AbortController();
    const stuck = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const following = logs.follow(7, 0, stop.signal)[Symbol.asyncIterator]();
        return { following, first: following.next() };
      }),
    );
    const before = heldBuffers();
    const block = Buffer.alloc(500_000, `${"x".repeat(99)}\n`);
    let offset = 0;
    for (let at = 0; at < 200; at++) {
      offset = await logs.append(attempt, offset, [{ stream: "stdout", at: 1, bytes: block }]);
    }
    // A third of a megabyte each; what is free already is not always counted so at once.
    expect(heldBuffers() - before).toBeLessThan(50_000_000);
    expect(await logs.size(7)).toMatchObject({ bytes: 100_000_000, lines: 1_000_000 });
    expect((await logs.readLines(7, 400_000, 2)).map(({ number }) => number)).toEqual([400_000, 400_001]);
    for (const { following, first } of stuck) {
      expect((await first).value?.chunks).not.toEqual([]);
      await following.return?.();
    }
    stop.abort();
    await logs.close();
  });

  it("are told to all who are up to date as one and the same array", async () => {
    const logs = await fileLogStore({ folder });
    const followers = [logs.follow(7, 0, never), logs.follow(7, 0, never)].map((each) => each[Symbol.asyncIterator]());
    await logs.append(attempt, 0, [piece("a")]);
    for (const follower of followers) await follower.next();
    const next = followers.map((follower) => follower.next());
    await logs.append(attempt, 1, [piece("b")]);
    const [one, other] = await Promise.all(next);
    expect(one?.value.chunks).toHaveLength(1);
    expect(one?.value).toBe(other?.value);
    await logs.close();
  });
});

/** Bytes of buffers that somebody still refers to. */
function heldBuffers(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().arrayBuffers;
}

/** What the writer said was kept when, after so many acknowledgements, it was killed. */
async function readAcknowledged(writer: ChildProcess, most: number): Promise<ReadonlyMap<number, number>> {
  const kept = new Map<number, number>();
  if (!writer.stdout) throw new Error("no output");
  const ended = once(writer, "close");
  let count = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    const [taskId, bytes] = line.split(" ").map(Number);
    // The last line may have been cut by the kill; a number that lost its end is smaller.
    if (taskId && bytes) kept.set(taskId, Math.max(bytes, kept.get(taskId) ?? 0));
    if (++count === most) writer.kill("SIGKILL");
  }
  await ended;
  return kept;
}
