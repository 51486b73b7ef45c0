import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import type { LogBatch } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import { joined, piece } from "./log-store.ts";

let folder: string;
let logs: LogStore;
const attempt = { taskId: 7, number: 1 };
const limits = { taskBytes: 16_000, chunkBytes: 2_000, lineBytes: 1_000 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-logs-"));
  logs = await fileLogStore({ folder, ...limits });
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

const line = (number: number) => `line ${String(number).padStart(5, "0")}`.padEnd(99, "x");

async function write(from: number, to: number): Promise<void> {
  let offset = await logs.kept(attempt);
  for (let number = from; number < to; number++)
    offset = await logs.append(attempt, offset, [piece(`${line(number)}\n`)]);
}

describe("a log longer than its limit", () => {
  it("keeps its beginning and its end, and counts on", async () => {
    await write(0, 1_000);
    const size = await logs.size(7);
    expect(size).toMatchObject({ bytes: 100_000, lines: 1_000 });
    expect(size.droppedBytes).toBe(size.droppedLines * 100);
    expect(100_000 - size.droppedBytes).toBeLessThanOrEqual(limits.taskBytes);
    expect(100_000 - size.droppedBytes).toBeGreaterThan(limits.taskBytes / 2);
    expect(await logs.kept(attempt)).toBe(100_000);
    const names = await readdir(join(folder, "0", "7"));
    const sizes = await Promise.all(
      names.filter((name) => name.endsWith(".log")).map((name) => stat(join(folder, "0", "7", name))),
    );
    expect(sizes.reduce((sum, each) => sum + each.size, 0)).toBe(100_000 - size.droppedBytes);
  });

  it.each([false, true])("shows one line for all that are left out (opened again: %s)", async (again) => {
    await write(0, 1_000);
    if (again) {
      await logs.close();
      logs = await fileLogStore({ folder, ...limits });
    }
    const { droppedBytes, droppedLines } = await logs.size(7);
    const lines = await logs.readLines(7, 0, 1_000);
    const mark = lines.find(({ gap }) => gap)!;
    expect(mark.gap).toEqual({
      offset: mark.number * 100,
      firstLine: mark.number,
      bytes: droppedBytes,
      lines: droppedLines,
    });
    expect(Buffer.from(mark.bytes).toString()).toContain(
      `${droppedLines} lines (${droppedBytes.toLocaleString("en-US")} bytes)`,
    );
    expect(lines).toHaveLength(1_000 - droppedLines + 1);
    for (const each of lines) if (!each.gap) expect(Buffer.from(each.bytes).toString()).toBe(line(each.number));
    expect(lines.at(-1)?.number).toBe(999);
    // From inside the gap the mark is told too, then what follows it.
    const [inside, next] = await logs.readLines(7, mark.number + 3, 1_000);
    expect([inside?.number, inside?.gap, next?.number]).toEqual([
      mark.number + 3,
      mark.gap,
      mark.number + droppedLines,
    ]);
  });

  it("says so where it is read in pieces, at whatever offset one begins", async () => {
    await write(0, 1_000);
    const whole = await logs.read(7, 0, 1e9);
    const mark = whole.find(({ gap }) => gap)!;
    const { droppedBytes } = await logs.size(7);
    expect(joined(whole)).toMatch(/^line 00000.*\n\[tributary\] [\d,]+ lines [^\n]*\nline 00.*line 00999x+\n$/s);
    expect(mark).toMatchObject({ offset: mark.gap?.offset, nextOffset: (mark.gap?.offset ?? 0) + droppedBytes });
    for (const [at, chunk] of whole.entries()) expect(whole[at + 1]?.offset ?? 100_000).toBe(chunk.nextOffset);
    expect((await logs.read(7, mark.offset + 50, 10))[0]).toEqual(mark);
    expect(await logs.tail(7, 900)).toBe(mark.offset);
    expect(await logs.tail(7, 10)).toBe(99_000);
  });

  it("is told to a follower that is behind, without a gap or a repeat of what there is", async () => {
    const stop = new AbortController();
    const seen: LogBatch[] = [];
    const following = (async () => {
      for await (const batch of logs.follow(7, 0, stop.signal)) {
        seen.push(batch);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await write(0, 2_000);
    logs.seal(7);
    await following;
    const chunks = seen.flatMap((batch) => batch.chunks);
    for (const [at, chunk] of chunks.entries()) expect(chunks[at + 1]?.offset ?? 200_000).toBe(chunk.nextOffset);
    for (const chunk of chunks.filter(({ gap }) => !gap)) {
      expect(Buffer.from(chunk.bytes).toString().startsWith(line(chunk.firstLine))).toBe(true);
    }
  });

  it("of which a single line is longer than the limit is cut like any other", async () => {
    let offset = 0;
    for (let at = 0; at < 100; at++) offset = await logs.append(attempt, offset, [piece("ü".repeat(500))]);
    offset = await logs.append(attempt, offset, [piece("\nlast\n")]);
    const [first, last, ...more] = await logs.readLines(7, 0, 10);
    expect(more).toEqual([]);
    expect(Buffer.from(first!.bytes).toString()).toBe("ü".repeat(500));
    expect(first!.cutBytes).toBeGreaterThan(1_000);
    expect(Buffer.from(last!.bytes).toString()).toBe("last");
    expect((await logs.size(7)).droppedBytes).toBeGreaterThan(80_000);
    expect(joined(await logs.read(7, 0, 1e9))).toContain("\n[tributary] 0 lines (");
  });

  it("keeps whole characters of a line that is cut", async () => {
    const text = `a${"€".repeat(1_000)}`;
    await logs.append(attempt, 0, [piece(`${text}\n`), { stream: "stdout", at: 1, bytes: Buffer.alloc(1_001, 0x80) }]);
    const [cut, broken] = await logs.readLines(7, 0, 2);
    expect(Buffer.from(cut!.bytes).toString()).toBe(text.slice(0, 334));
    expect(cut!.cutBytes).toBe(3_001 - cut!.bytes.length);
    expect(broken).toMatchObject({ cutBytes: 1 });
  });
});

describe("levels", () => {
  it("are counted as lines end, wherever they were cut into pieces, and outlive the store", async () => {
    const text = [
      "2026-01-01 ERROR boom",
      "fine",
      "\u001b[31mERROR\u001b[0m red",
      "WARNING: careful",
      "Traceback (most recent call last):",
      `  File "x.py"`,
      "ValueError: no",
      `${"x".repeat(5_000)} ERROR too late`,
      "error: end",
    ].join("\n");
    let offset = 0;
    for (const bytes of text.match(/.{1,7}/gs)!) offset = await logs.append(attempt, offset, [piece(bytes)]);
    // The last line has no end yet.
    expect(await logs.size(7)).toMatchObject({ lines: 9, errors: 4, warnings: 1 });
    await logs.close();
    logs = await fileLogStore({ folder, ...limits });
    await logs.append(attempt, offset, [piece(" of it\n")]);
    expect(await logs.size(7)).toMatchObject({ lines: 9, errors: 5, warnings: 1 });
    expect((await logs.readLines(7, 0, 9)).map(({ level }) => level)).toEqual([
      "error",
      "info",
      "error",
      "warn",
      "error",
      "info",
      "error",
      "info",
      "error",
    ]);
  });
});

it("tells where each attempt begins", async () => {
  for (const number of [1, 2, 5]) {
    let offset = 0;
    for (let at = 0; at < 100; at++) {
      offset = await logs.append({ taskId: 7, number }, offset, [piece(`${number} ${at}\n`.padStart(40, "x"))]);
    }
  }
  expect(await logs.attempts(7)).toEqual([
    { attempt: 1, firstLine: 0, offset: 0 },
    { attempt: 2, firstLine: 100, offset: 4_000 },
    { attempt: 5, firstLine: 200, offset: 8_000 },
  ]);
  expect(await logs.attempts(8)).toEqual([]);
});

it("lists the logs there are, and what they take", async () => {
  const before = Date.now();
  for (const taskId of [7, 12_345]) await logs.append({ taskId, number: 1 }, 0, [piece("x".repeat(100))]);
  const listed = (await Array.fromAsync(logs.list())).toSorted((one, other) => one.taskId - other.taskId);
  expect(listed.map(({ taskId, bytes }) => [taskId, bytes])).toEqual([
    [7, 156],
    [12_345, 156],
  ]);
  for (const { at } of listed) expect(at).toBeGreaterThan(before - 2_000);
  await logs.remove(7);
  expect((await Array.fromAsync(logs.list())).map(({ taskId }) => taskId)).toEqual([12_345]);
});

it("takes a log of the layout before chunks over", async () => {
  const text = ["one\n", "two\n", "ERROR three\n"];
  const records = text.map((content, at) => {
    const record = Buffer.alloc(48);
    record.writeUInt8(1, 4);
    record.writeUInt8(at === 1 ? 1 : 0, 5);
    record.writeUInt32LE(1, 8);
    record.writeUInt32LE(content.length, 12);
    for (const [place, number] of [at * 4, at * 4, 1_000 + at, at].entries())
      record.writeDoubleLE(number, 16 + place * 8);
    record.writeUInt32LE(crc32(record.subarray(4)), 0);
    return record;
  });
  await logs.append({ taskId: 1, number: 1 }, 0, [piece("other")]);
  await writeFile(join(folder, "0", "7.index"), Buffer.concat([...records, Buffer.from("torn")]));
  await writeFile(join(folder, "0", "7.log"), `${text.join("")}never acknowledged`);
  expect((await Array.fromAsync(logs.list())).map(({ taskId }) => taskId).sort()).toEqual([1, 7]);
  expect(await logs.kept(attempt)).toBe(20);
  expect(await logs.append(attempt, 20, [piece("four\n")])).toBe(25);
  expect(
    (await logs.readLines(7, 0, 9)).map((each) => [Buffer.from(each.bytes).toString(), each.stream, each.at]),
  ).toEqual([
    ["one", "stdout", 1_000],
    ["two", "stderr", 1_001],
    ["ERROR three", "stdout", 1_002],
    ["four", "stdout", 1],
  ]);
  expect(await logs.size(7)).toMatchObject({ errors: 1, lines: 4 });
  expect((await readdir(join(folder, "0"))).sort()).toEqual(["1", "7"]);
  expect(await readFile(join(folder, "0", "7", "000000.log"), "utf8")).toBe(`${text.join("")}four\n`);
});
