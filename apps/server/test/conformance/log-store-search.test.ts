import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { levelOf } from "@tributary/proto/rules/log-level";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import type { LogLevel, LogStream } from "#core/logs/log.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import { piece } from "./log-store.ts";

const never = new AbortController().signal;
const any: LogQuery = {
  text: "",
  regexp: false,
  matchCase: false,
  levels: [],
  streams: [],
  attempts: [],
  firstLine: 0,
  endLine: Number.MAX_SAFE_INTEGER,
  limit: 10_000,
  backwards: false,
  stopAtLimit: false,
  groupMarks: false,
  asRuns: false,
  openLine: true,
};

let folder: string;
let logs: LogStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-logs-"));
  logs = await fileLogStore({ folder, chunkBytes: 4_000 });
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

/** What was found in all, and the last that was told. */
async function search(query: Partial<LogQuery>, taskId = 1, signal = never) {
  const lines: number[] = [];
  let last: SearchProgress | undefined;
  for await (const progress of logs.search(taskId, { ...any, ...query }, signal)) {
    lines.push(...progress.lines);
    last = progress;
  }
  return { lines, last };
}

async function append(text: string, stream: LogStream = "stdout", number = 1): Promise<void> {
  const attempt = { taskId: 1, number };
  await logs.append(attempt, await logs.kept(attempt), [piece(text, stream)]);
}

describe("a search", () => {
  it("finds text, with and without capitals, through colours, line by line", async () => {
    await append("Alpha\nbeta ALPHA alpha\n\u001b[31mal\u001b[0mpha\nÜber İstanbul x\nnothing\nunfinished alpha");
    expect((await search({ text: "alpha" })).lines).toEqual([0, 1, 2, 5]);
    expect((await search({ text: "alpha", matchCase: true })).lines).toEqual([1, 2, 5]);
    expect((await search({ text: "alpha", openLine: false })).lines).toEqual([0, 1, 2]);
    expect((await search({ text: "ÜBER" })).lines).toEqual([3]);
    expect((await search({ text: "x" })).lines).toEqual([3]);
    expect((await search({ text: "gone" })).last).toEqual({
      lines: [],
      runs: [],
      found: 0,
      firstLine: 0,
      endLine: 6,
      bytes: expect.any(Number),
      end: "complete",
    });
    expect((await search({})).lines).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("finds expressions, each in one line", async () => {
    await append("loss=0.1\nloss = 12\n\nLOSS=x\n");
    expect((await search({ text: "^loss\\s*=\\s*\\d+", regexp: true })).lines).toEqual([0, 1]);
    expect((await search({ text: "^loss[^0]*$", regexp: true })).lines).toEqual([1, 3]);
    expect((await search({ text: "^$", regexp: true })).lines).toEqual([2]);
    expect((await search({ text: "LOSS", regexp: true, matchCase: true })).lines).toEqual([3]);
  });

  it.each(["(", "a{1001}", "(?<=x)y", "(a{40}b{40}c{40}){20}[x-z]{900}"])("refuses %s", async (text) => {
    await append("a\n");
    await expect(search({ text, regexp: true })).rejects.toMatchObject({ refusal: "invalid", field: "text" });
  });

  it("refuses to look for a line end", async () => {
    await expect(search({ text: "a\nb" })).rejects.toMatchObject({ refusal: "invalid", field: "text" });
  });

  it("selects by level, stream and attempt: those of the line's beginning", async () => {
    await append("ERROR a\nfine\n");
    await append("WARN b\nERROR c\n", "stderr");
    await append("half ", "stderr");
    await append("ERROR d\nERROR e\n", "worker");
    await append("ERROR f\n", "stdout", 3);
    expect((await search({ levels: ["error"] })).lines).toEqual([0, 3, 4, 5, 6]);
    expect((await search({ levels: ["warn", "info"] })).lines).toEqual([1, 2]);
    expect((await search({ levels: ["error"], streams: ["stderr"] })).lines).toEqual([3, 4]);
    expect((await search({ attempts: [3] })).lines).toEqual([6]);
    expect((await search({ text: "error", streams: ["worker"], attempts: [1, 2] })).lines).toEqual([5]);
    expect((await search({ text: "error", levels: ["warn"] })).lines).toEqual([]);
  });

  it("pages in both directions and counts what is beyond a page", async () => {
    await append(Array.from({ length: 1_000 }, (_, at) => `${at % 10 === 0 ? "hit" : "miss"} ${at}\n`).join(""));
    const first = await search({ text: "hit", limit: 3 });
    expect(first).toMatchObject({ lines: [0, 10, 20], last: { found: 100, end: "complete", endLine: 1_000 } });
    const next = await search({ text: "hit", limit: 3, firstLine: 21, stopAtLimit: true });
    expect(next).toMatchObject({ lines: [30, 40, 50], last: { found: 3, end: "limit", firstLine: 21, endLine: 51 } });
    const before = await search({ text: "hit", limit: 2, endLine: 500, backwards: true, stopAtLimit: true });
    expect(before).toMatchObject({ lines: [490, 480], last: { found: 2, end: "limit", firstLine: 480, endLine: 500 } });
    const last = await search({ text: "hit", limit: 2, backwards: true });
    expect(last).toMatchObject({
      lines: [990, 980],
      last: { found: 100, end: "complete", firstLine: 0, endLine: 1_000 },
    });
  });

  it("tells lines that follow one another as runs, of streams from the index alone", async () => {
    await append("a\nb\n");
    await append("c\nd", "stderr");
    await append(" goes on\ne\n");
    await append("f\n", "worker");
    await append("g\n", "stderr", 2);
    const runs = async (query: Partial<LogQuery>) => {
      const found: [number, number][] = [];
      let last: SearchProgress | undefined;
      for await (const progress of logs.search(1, { ...any, ...query, asRuns: true }, never)) {
        expect(progress.lines).toEqual([]);
        found.push(...progress.runs.map(({ firstLine, lines }): [number, number] => [firstLine, lines]));
        last = progress;
      }
      return { found, last };
    };
    // a line is of the stream of its beginning
    expect((await runs({ streams: ["stdout"] })).found).toEqual([
      [0, 2],
      [4, 1],
    ]);
    expect(await runs({ streams: ["stderr"] })).toMatchObject({
      found: [
        [2, 2],
        [6, 1],
      ],
      last: { found: 3, end: "complete", endLine: 7 },
    });
    expect((await runs({ streams: ["stderr"], backwards: true })).found).toEqual([
      [6, 1],
      [2, 2],
    ]);
    expect((await runs({ streams: ["stderr", "worker"], firstLine: 3, endLine: 7 })).found).toEqual([
      [3, 1],
      [5, 2],
    ]);
    expect(await runs({ text: "e" })).toMatchObject({ found: [[3, 2]], last: { found: 2 } });
    expect((await runs({ streams: ["stderr"], limit: 1, stopAtLimit: true })).last).toMatchObject({
      end: "limit",
      endLine: 4,
    });
    expect((await search({ streams: ["stderr"] })).lines).toEqual([2, 3, 6]);
  });

  it("finds the marks of groups, also those that came in several pieces, and reads them", async () => {
    const filler = `${"filler ".repeat(200)}\n`.repeat(4);
    await append(`${filler}::group::Install\nworks\n::gro`);
    await append("up::Inner \r\n");
    await append("##[endgroup]\nsays ::group::not at its beginning\n");
    await append("::group::of the worker\n", "worker");
    await append("\u001b[1m  ##[group]Coloured\u001b[0m\n::endgroup::\n", "stderr");
    const { lines } = await search({ groupMarks: true });
    const read = await Promise.all(lines.map(async (line) => (await logs.readLines(1, line, 1))[0]?.group));
    expect(lines.map((line, at) => [line, read[at]])).toEqual([
      [4, { end: false, title: "Install" }],
      [6, { end: false, title: "Inner" }],
      [7, { end: true, title: "" }],
      [10, { end: false, title: "Coloured" }],
      [11, { end: true, title: "" }],
    ]);
    expect((await search({ groupMarks: true, text: "inner" })).lines).toEqual([6]);
    expect((await logs.readLines(1, 9, 1))[0]).not.toHaveProperty("group");
  });

  it("passes over a gap, and searches a very long line at its beginning", async () => {
    await logs.close();
    logs = await fileLogStore({ folder, chunkBytes: 1_000, taskBytes: 8_000 });
    for (let at = 0; at < 300; at++) await append(`${at} ${"x".repeat(90)}\n`);
    const { lines } = await search({ text: "x" });
    expect(lines.length).toBe(300 - (await logs.size(1)).droppedLines);
    expect([lines[0], lines.at(-1)]).toEqual([0, 299]);
  });

  it("finds what a list of lines has, whatever the log", { timeout: 60_000 }, async () => {
    const words = fc.constantFrom("a", "B", "ERROR ", "warning: ", "\n", "ä", "\u001b[1m", "\r", "x".repeat(700));
    const pieces = fc.array(
      fc.record({
        stream: fc.constantFrom<LogStream>("stdout", "stderr"),
        text: fc.array(words, { maxLength: 12 }).map((parts) => parts.join("")),
      }),
      { maxLength: 25 },
    );
    const asked = fc.record({
      text: fc.constantFrom("", "a", "b", "error", "xB", "Ä", "xx"),
      matchCase: fc.boolean(),
      regexp: fc.boolean(),
      levels: fc.subarray<LogLevel>(["error", "warn", "info"]),
      firstLine: fc.nat({ max: 8 }),
      length: fc.integer({ min: 1, max: 50 }),
      backwards: fc.boolean(),
      openLine: fc.boolean(),
    });
    let taskId = 100;
    await fc.assert(
      fc.asyncProperty(pieces, asked, async (written, { length, ...query }) => {
        taskId++;
        let offset = 0;
        for (const { stream, text } of written) {
          offset = await logs.append({ taskId, number: 1 }, offset, [piece(text, stream)]);
        }
        const texts = written
          .map(({ text }) => text)
          .join("")
          .replaceAll("\u001b[1m", "")
          .split("\n");
        if (texts.at(-1) === "" || !query.openLine) texts.pop();
        // A line of nothing but colours is one when it has no end.
        const { lines: count } = await logs.size(taskId);
        if (query.openLine && count > texts.length) texts.push("");
        const fold = (text: string) => (query.matchCase ? text : text.toLowerCase());
        const endLine = query.firstLine + length;
        const wanted = texts.flatMap((text, line) => {
          const meant = query.levels.length === 0 || query.levels.includes(levelOf(text));
          return meant && fold(text).includes(fold(query.text)) && line >= query.firstLine && line < endLine
            ? [line]
            : [];
        });
        const found = await search({ ...query, endLine }, taskId);
        expect(found.lines).toEqual(query.backwards ? wanted.reverse() : wanted);
        expect(found.last).toMatchObject({ found: wanted.length, end: "complete" });
      }),
      { numRuns: 150 },
    );
  });

  it("ends when its caller goes, and leaves room for others", async () => {
    await append("x\n".repeat(200_000));
    for (let at = 0; at < 20; at++) {
      for await (const _ of logs.search(1, { ...any, text: "(x+x+)+y", regexp: true }, never)) break;
    }
    const stop = new AbortController();
    stop.abort();
    expect((await search({ text: "x" }, 1, stop.signal)).last?.end).not.toBe("complete");
    expect((await search({ text: "x", limit: 1 })).last).toMatchObject({ found: 200_000, end: "complete" });
  });

  it("says plainly that its time was over, and goes on where it ended", async () => {
    await append(`${"x".repeat(50)}\n`.repeat(100_000));
    await logs.close();
    logs = await fileLogStore({ folder, chunkBytes: 4_000, searchMilliseconds: 30 });
    let found = 0;
    let partial = 0;
    for (let firstLine = 0; firstLine < 100_000; ) {
      const { last } = await search({ text: "x+$", regexp: true, firstLine });
      if (last?.end === "time") partial++;
      else expect(last?.end).toBe("complete");
      expect(last?.endLine).toBeGreaterThan(firstLine);
      firstLine = last?.endLine ?? 0;
      found += last?.found ?? 0;
    }
    expect(found).toBe(100_000);
    expect(partial).toBeGreaterThan(0);
  });
});
