import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LogBatch, LogChunk, LogPiece, LogStream } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";

const never = new AbortController().signal;

export function piece(text: string, stream: LogStream = "stdout", at = 1): LogPiece {
  return { stream, at, bytes: Buffer.from(text) };
}

export function joined(chunks: Iterable<{ readonly bytes: Uint8Array }>): string {
  return Buffer.concat([...chunks].map(({ bytes }) => bytes)).toString();
}

/** What every adapter of {@link LogStore} keeps to. `make` may be called again for a folder whose store was closed. */
export function logStoreConformance(make: (folder: string) => Promise<LogStore>): void {
  let folder: string;
  let logs: LogStore;
  let taskId = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-logs-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    logs = await make(folder);
    taskId++;
  });
  afterEach(() => logs.close());

  const attempt = (number = 1) => ({ taskId, number });
  const reopen = async () => {
    await logs.close();
    logs = await make(folder);
  };
  const everything = async () => joined(await logs.read(taskId, 0, 1e9));

  describe("append", () => {
    it("keeps pieces in order and tells how much is kept", async () => {
      expect(await logs.append(attempt(), 0, [piece("one\n"), piece("two\n", "stderr")])).toBe(8);
      expect(await logs.append(attempt(), 8, [piece("three")])).toBe(13);
      expect(await everything()).toBe("one\ntwo\nthree");
      expect(await logs.kept(attempt())).toBe(13);
      expect(await logs.size(taskId)).toMatchObject({ bytes: 13, lines: 3 });
    });

    it("takes a repeat once, and the new part of one that overlaps", async () => {
      await logs.append(attempt(), 0, [piece("abc")]);
      expect(await logs.append(attempt(), 0, [piece("abc")])).toBe(3);
      expect(await logs.append(attempt(), 1, [piece("b"), piece("cd", "stderr"), piece("e")])).toBe(5);
      expect(await everything()).toBe("abcde");
      const streams = (await logs.read(taskId, 0, 100)).map(({ stream, bytes }) => [
        stream,
        Buffer.from(bytes).toString(),
      ]);
      expect(streams).toEqual([
        ["stdout", "abc"],
        ["stderr", "d"],
        ["stdout", "e"],
      ]);
    });

    it("keeps nothing after a gap", async () => {
      await logs.append(attempt(), 0, [piece("abc")]);
      expect(await logs.append(attempt(), 4, [piece("e")])).toBe(3);
      expect(await everything()).toBe("abc");
    });

    it("puts one attempt after another, each with offsets of its own", async () => {
      await logs.append(attempt(1), 0, [piece("first")]);
      expect(await logs.kept(attempt(2))).toBe(0);
      expect(await logs.append(attempt(2), 0, [piece("second")])).toBe(6);
      expect(await logs.append(attempt(4), 0, [piece("fourth")])).toBe(6);
      expect(await everything()).toBe("firstsecondfourth");
      expect(await Promise.all([1, 2, 3, 4].map((number) => logs.kept(attempt(number))))).toEqual([5, 6, 0, 6]);
      // What comes late of an attempt before the last is not in its place any more.
      expect(await logs.append(attempt(1), 5, [piece("late")])).toBe(5);
      expect(await everything()).toBe("firstsecondfourth");
    });

    it("keeps the order of callers who do not wait for one another", async () => {
      const kept = await Promise.all(
        Array.from({ length: 100 }, (_, at) =>
          logs.append(attempt(), at * 3, [piece(String(at).padStart(2, "0")), piece("\n")]),
        ),
      );
      expect(kept.at(-1)).toBe(300);
      const numbers = (await everything()).split("\n").filter((line) => line !== "");
      expect(numbers).toEqual(Array.from({ length: 100 }, (_, at) => String(at).padStart(2, "0")));
    });

    it("takes nothing at all", async () => {
      expect(await logs.append(attempt(), 0, [])).toBe(0);
      expect(await logs.append(attempt(), 0, [piece("")])).toBe(0);
      expect(await logs.size(taskId)).toMatchObject({ bytes: 0, lines: 0 });
    });

    it("keeps bytes as they are", async () => {
      const bytes = Buffer.from([0, 255, 13, 10, 27, 0xc3, 10, 0xbc]);
      await logs.append(attempt(), 0, [{ stream: "stdout", at: 5, bytes }]);
      expect(Buffer.concat((await logs.read(taskId, 0, 100)).map((chunk) => chunk.bytes))).toEqual(bytes);
      expect((await logs.readLines(taskId, 0, 9)).map((line) => Buffer.from(line.bytes).toString("hex"))).toEqual([
        "00ff0d",
        "1bc3",
        "bc",
      ]);
    });

    it("is remembered when the store is opened again", async () => {
      await logs.append(attempt(1), 0, [piece("a\nb")]);
      await logs.append(attempt(2), 0, [piece("c\n", "worker", 7)]);
      await reopen();
      expect(await logs.size(taskId)).toMatchObject({ bytes: 5, lines: 2 });
      expect(await logs.kept(attempt(1))).toBe(3);
      expect(await logs.append(attempt(2), 1, [piece("\nd")])).toBe(3);
      expect(await everything()).toBe("a\nbc\nd");
      expect((await logs.read(taskId, 3, 1))[0]).toMatchObject({ attempt: 2, stream: "worker", at: 7, firstLine: 1 });
    });
  });

  describe("reading", () => {
    it("answers nothing for a task without output", async () => {
      expect(await logs.size(taskId)).toMatchObject({ bytes: 0, lines: 0 });
      expect(await logs.readLines(taskId, 0, 10)).toEqual([]);
      expect(await logs.read(taskId, 0, 10)).toEqual([]);
      expect(await logs.tail(taskId, 10)).toBe(0);
      expect(await logs.kept(attempt())).toBe(0);
    });

    it("gives a line the stream, time and attempt of the piece it begins in", async () => {
      await logs.append(attempt(1), 0, [piece("a", "stdout", 1), piece("b\n", "stderr", 2), piece("c\n", "stderr", 3)]);
      await logs.append(attempt(2), 0, [piece("d", "worker", 4)]);
      expect(await logs.readLines(taskId, 0, 10)).toEqual([
        { number: 0, attempt: 1, stream: "stdout", at: 1, bytes: Buffer.from("ab"), level: "info", cutBytes: 0 },
        { number: 1, attempt: 1, stream: "stderr", at: 3, bytes: Buffer.from("c"), level: "info", cutBytes: 0 },
        { number: 2, attempt: 2, stream: "worker", at: 4, bytes: Buffer.from("d"), level: "info", cutBytes: 0 },
      ]);
    });

    it("cuts a line after 64 KiB", async () => {
      const texts = ["x".repeat(65_536), "y".repeat(65_537), "z".repeat(3_000_000), "end"];
      let offset = 0;
      for (const text of texts) offset = await logs.append(attempt(), offset, [piece(`${text}\n`)]);
      const lines = await logs.readLines(taskId, 0, 10);
      expect(lines.map((line) => [line.bytes.length, line.cutBytes])).toEqual([
        [65_536, 0],
        [65_536, 1],
        [65_536, 3_000_000 - 65_536],
        [3, 0],
      ]);
      expect(await logs.readLines(taskId, 3, 1)).toMatchObject([{ number: 3, bytes: Buffer.from("end") }]);
    });

    it("reads from inside a piece", async () => {
      await logs.append(attempt(), 0, [piece("one\ntwo\n"), piece("three\n", "stderr")]);
      const [first, second] = await logs.read(taskId, 5, 100);
      expect(first).toEqual({
        taskId,
        attempt: 1,
        stream: "stdout",
        at: 1,
        offset: 5,
        nextOffset: 8,
        firstLine: 1,
        bytes: Buffer.from("wo\n"),
      });
      expect(second).toMatchObject({ stream: "stderr", offset: 8, firstLine: 2 });
    });

    it("reads about as much as is asked for", async () => {
      const pieces = Array.from({ length: 100 }, () => piece("x".repeat(1000)));
      await logs.append(attempt(), 0, pieces);
      const bytes = joined(await logs.read(taskId, 0, 10_000)).length;
      expect(bytes).toBeGreaterThanOrEqual(1);
      expect(bytes).toBeLessThan(120_000);
    });

    it("is finished when the store closes meanwhile", async () => {
      await logs.append(
        attempt(),
        0,
        Array.from({ length: 2_000 }, (_, at) => piece(`${at}\n`.padStart(500, "x"))),
      );
      const reading = Promise.all([
        logs.readLines(taskId, 0, 2_000),
        logs.read(taskId, 500, 900_000),
        logs.tail(taskId, 7),
      ]);
      await reopen();
      const [lines, chunks, offset] = await reading;
      expect([lines.length, joined(chunks).length > 500_000, offset]).toEqual([2_000, true, 500 * 1_993]);
    });

    it("finds where the last lines begin", async () => {
      await logs.append(attempt(), 0, [piece("one\ntwo\nthree")]);
      expect(await Promise.all([0, 1, 2, 3, 9].map((lines) => logs.tail(taskId, lines)))).toEqual([13, 8, 4, 0, 0]);
      await logs.append(attempt(), 13, [piece("\n")]);
      expect(await Promise.all([1, 2].map((lines) => logs.tail(taskId, lines)))).toEqual([8, 4]);
    });
  });

  describe("follow", () => {
    const collect = async (batches: AsyncIterable<LogBatch>) => {
      const all: LogChunk[] = [];
      for await (const { chunks } of batches) all.push(...chunks);
      return all;
    };

    it("tells what there is, then what comes, and ends when the log is sealed", async () => {
      await logs.append(attempt(), 0, [piece("one\n")]);
      const following = logs.follow(taskId, 0, never)[Symbol.asyncIterator]();
      expect(joined((await following.next()).value?.chunks ?? [])).toBe("one\n");
      const next = following.next();
      await logs.append(attempt(), 4, [piece("two\n", "stderr")]);
      expect((await next).value?.chunks).toMatchObject([{ stream: "stderr", offset: 4, firstLine: 1 }]);
      const end = following.next();
      logs.seal(taskId);
      expect((await end).done).toBe(true);
    });

    it("begins before there is anything, and at any offset", async () => {
      const all = collect(logs.follow(taskId, 0, never));
      const rest = collect(logs.follow(taskId, 2, never));
      await logs.append(attempt(), 0, [piece("a\n")]);
      await logs.append(attempt(), 2, [piece("b\n")]);
      logs.seal(taskId);
      expect(joined(await all)).toBe("a\nb\n");
      expect(joined(await rest)).toBe("b\n");
    });

    it("tells a sealed log from its beginning", async () => {
      await logs.append(attempt(), 0, [piece("a")]);
      logs.seal(taskId);
      logs.seal(taskId);
      expect(joined(await collect(logs.follow(taskId, 0, never)))).toBe("a");
      expect(await collect(logs.follow(taskId, 1, never))).toEqual([]);
    });

    it("ends a sealed log only after what was being appended", async () => {
      const following = collect(logs.follow(taskId, 0, never));
      const appended = logs.append(attempt(), 0, [piece("last words")]);
      logs.seal(taskId);
      await appended;
      expect(joined(await following)).toBe("last words");
    });

    it("leaves out what is before the newest lines for who is further behind and wants only these", async () => {
      await logs.append(attempt(), 0, [piece("0\n1\n2\n3")]);
      const following = logs.follow(taskId, 0, never, 3)[Symbol.asyncIterator]();
      const take = async () => (await following.next()).value?.chunks ?? [];
      const first = await take();
      expect(first).toMatchObject([{ offset: 2, firstLine: 1 }]);
      expect(joined(first)).toBe("1\n2\n3");
      // two lines more: nothing is left out, and the line that had no end goes on
      await logs.append(attempt(), 7, [piece("!\n4\n")]);
      expect(joined(await take())).toBe("!\n4\n");
      await logs.append(attempt(), 11, [piece("5\n6\n"), piece("7\n8\n", "stderr")]);
      const last = await take();
      expect(last[0]).toMatchObject({ offset: 13, firstLine: 6 });
      expect(joined(last)).toBe("6\n7\n8\n");
      logs.seal(taskId);
      expect((await following.next()).done).toBe(true);
    });

    it("ends when the signal aborts, before and after", async () => {
      const abort = new AbortController();
      const following = collect(logs.follow(taskId, 0, abort.signal));
      await logs.append(attempt(), 0, [piece("a")]);
      abort.abort();
      await following;
      expect(await collect(logs.follow(taskId, 0, abort.signal))).toEqual([]);
    });

    it("loses and repeats nothing for followers of any speed", { timeout: 60_000 }, async () => {
      const lines = Array.from({ length: 2_000 }, (_, at) => `line ${at} ${"x".repeat(at % 500)}\n`);
      const fast = Array.from({ length: 20 }, (_, at) => collect(logs.follow(taskId, at, never)));
      const slow = (async () => {
        const all: LogChunk[] = [];
        for await (const { chunks } of logs.follow(taskId, 0, never)) {
          all.push(...chunks);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return all;
      })();
      let offset = 0;
      for (let at = 0; at < lines.length; at += 7) {
        offset = await logs.append(
          attempt(),
          offset,
          lines.slice(at, at + 7).map((line) => piece(line)),
        );
      }
      logs.seal(taskId);
      const text = lines.join("");
      expect(joined(await slow) === text).toBe(true);
      for (const [at, follower] of (await Promise.all(fast)).entries())
        expect(joined(follower) === text.slice(at)).toBe(true);
    });

    it("ends when the store closes", async () => {
      const following = collect(logs.follow(taskId, 0, never));
      await logs.append(attempt(), 0, [piece("a")]);
      await logs.close();
      await following;
      logs = await make(folder);
    });
  });

  it("removes a log, ends its followers, and begins it anew", async () => {
    await logs.append(attempt(1), 0, [piece("old")]);
    const following = logs.follow(taskId, 0, never)[Symbol.asyncIterator]();
    await following.next();
    const end = following.next();
    await logs.remove(taskId);
    expect((await end).done).toBe(true);
    expect(await logs.size(taskId)).toMatchObject({ bytes: 0, lines: 0 });
    await logs.remove(taskId);
    await logs.append(attempt(1), 0, [piece("new")]);
    await reopen();
    expect(await everything()).toBe("new");
  });

  it("reads and follows while it is removed and appended to, without an error", async () => {
    const work = Array.from({ length: 60 }, async (_, at) => {
      if (at % 7 === 0) await logs.remove(taskId);
      else if (at % 3 === 0) await logs.readLines(taskId, 0, 100);
      else await logs.append(attempt(at), 0, [piece(`${at}\n`)]);
    });
    await Promise.all(work);
    expect((await everything()).split("\n").length).toBe((await logs.size(taskId)).lines + 1);
  });

  it("agrees with a log that is only a list, whatever is appended", { timeout: 60_000 }, async () => {
    const pieces = fc.array(
      fc.record({
        stream: fc.constantFrom<LogStream>("stdout", "stderr", "worker"),
        at: fc.nat(),
        bytes: fc.oneof(
          fc.string({ maxLength: 20, unit: fc.constantFrom("a", "\n", "ü", "\r") }).map((text) => Buffer.from(text)),
          fc.nat({ max: 100_000 }).map((length) => Buffer.alloc(length, "long\n")),
        ),
      }),
      { maxLength: 5 },
    );
    const appends = fc.array(
      fc.record({
        attempt: fc.integer({ min: 1, max: 3 }),
        back: fc.integer({ min: -2, max: 30 }),
        pieces,
        reopen: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(appends, fc.nat(), async (asked, seed) => {
        taskId++;
        const model = new ModelLog();
        for (const { attempt: number, back, pieces, reopen: again } of asked) {
          const offset = Math.max(0, model.kept(number) - back);
          expect(await logs.append(attempt(number), offset, pieces)).toBe(model.append(number, offset, pieces));
          if (again) await reopen();
        }
        await compare(logs, taskId, model, seed);
      }),
      { numRuns: 25 },
    );
  });
}

/** The same rules over bytes in memory. */
class ModelLog {
  readonly bytes: {
    readonly value: number;
    readonly attempt: number;
    readonly stream: LogStream;
    readonly at: number;
  }[] = [];

  kept(attempt: number): number {
    return this.bytes.filter((byte) => byte.attempt === attempt).length;
  }

  append(attempt: number, offset: number, pieces: readonly LogPiece[]): number {
    const kept = this.kept(attempt);
    if (offset > kept || attempt < (this.bytes.at(-1)?.attempt ?? 0)) return kept;
    const fresh = pieces.flatMap(({ stream, at, bytes }) =>
      [...bytes].map((value) => ({ value, attempt, stream, at })),
    );
    for (const byte of fresh.slice(kept - offset)) this.bytes.push(byte);
    return this.kept(attempt);
  }
}

async function compare(logs: LogStore, taskId: number, model: ModelLog, seed: number): Promise<void> {
  const text = Buffer.from(model.bytes.map(({ value }) => value)).toString("latin1");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  expect(await logs.size(taskId)).toMatchObject({ bytes: text.length, lines: lines.length });
  for (const number of [1, 2, 3]) expect(await logs.kept({ taskId, number })).toBe(model.kept(number));

  const offset = seed % (text.length + 2);
  const chunks = await logs.read(taskId, offset, 1e9);
  expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString("latin1") === text.slice(offset)).toBe(true);
  for (const chunk of chunks) {
    const { attempt, stream, at } = model.bytes[chunk.offset] ?? {};
    expect({ attempt: chunk.attempt, stream: chunk.stream, at: chunk.at }).toEqual({ attempt, stream, at });
    expect(chunk.firstLine).toBe(text.slice(0, chunk.offset).split("\n").length - 1);
  }

  const first = seed % (lines.length + 2);
  const starts = startsOf(lines);
  const read = await logs.readLines(taskId, first, 50);
  expect(read.map((line) => Buffer.from(line.bytes).toString("latin1"))).toEqual(
    lines.slice(first, first + 50).map((line) => line.slice(0, 65_536)),
  );
  for (const line of read) {
    const { attempt, stream, at } = model.bytes[starts[line.number] ?? -1] ?? {};
    expect({ attempt: line.attempt, stream: line.stream, at: line.at }).toEqual({ attempt, stream, at });
  }
  const last = seed % 5;
  expect(await logs.tail(taskId, last)).toBe(last === 0 ? text.length : (starts.at(-last) ?? 0));
}

function startsOf(lines: readonly string[]): readonly number[] {
  let start = 0;
  return lines.map((line) => {
    const mine = start;
    start += line.length + 1;
    return mine;
  });
}
