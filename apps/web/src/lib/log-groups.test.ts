import { expect, it } from "vitest";

import { FoldedLog } from "./folded-log.ts";
import { type GroupMark, groupsAround, pairGroups } from "./log-groups.ts";
import type { LogLine } from "./log-source.ts";
import { WindowedLog } from "./windowed-log.ts";

const begin = (line: number, title: string): GroupMark => ({ line, title, end: false });
const end = (line: number): GroupMark => ({ line, title: "", end: true });

it("pairs groups within groups, and ends those of an attempt with it", () => {
  const marks = [begin(2, "a"), begin(4, "b"), end(6), end(9), end(10), begin(12, "crashed"), begin(22, "last")];
  const groups = pairGroups(marks, [1, 20]);
  expect(groups.map(({ title, line, last, depth, closed }) => [title, line, last, depth, closed])).toEqual([
    ["a", 2, 9, 0, true],
    ["b", 4, 6, 1, true],
    ["crashed", 12, 19, 0, false],
    ["last", 22, Number.POSITIVE_INFINITY, 0, false],
  ]);
  expect(groupsAround(groups, 5).map(({ title }) => title)).toEqual(["a", "b"]);
  expect(groupsAround(groups, 2)).toEqual([]);
});

const made = (from: number, to: number): readonly LogLine[] =>
  Array.from({ length: to - from }, (_, index) => ({ text: `line ${from + index + 1}` }));

it("leaves out folded lines, keeps numbers, and grows with the log", async () => {
  const whole = new WindowedLog(async (from, to) => made(from, to));
  whole.append(0, made(0, 30));
  const asked: string[] = [];
  const folded = new FoldedLog(whole, async (runs) => {
    asked.push(runs.map(({ from, to }) => `${from}-${to}`).join(" "));
    return runs.flatMap(({ from, to }) => made(from, to));
  });
  folded.start();
  const groups = pairGroups([begin(3, "a"), begin(5, "b"), end(6), end(9), begin(28, "goes on")], [1]);
  const numbers = () => Array.from({ length: folded.lineCount }, (_, row) => folded.numberAt(row));
  expect(numbers()).toHaveLength(30);
  folded.fold(groups);
  expect(numbers()).toEqual([1, 2, 3, ...Array.from({ length: 19 }, (_, index) => index + 10)]);
  expect([folded.positionOf(3), folded.positionOf(6), folded.positionOf(12)]).toEqual([2, 3, 5]);
  whole.append(30, made(30, 40));
  expect(folded.lineCount).toBe(22);
  folded.fold(groups.slice(0, 2));
  expect(folded.lineCount).toBe(34);
  whole.append(40, made(40, 41));
  expect(numbers().at(-1)).toBe(41);
  expect((await folded.lines(1, 5)).map(({ text }) => text)).toEqual(["line 2", "line 3", "line 10", "line 11"]);
  expect(asked).toEqual([]);
  folded.fold(
    pairGroups(
      [3, 6, 9, 12, 15].flatMap((line) => [begin(line, "x"), end(line + 1)]),
      [],
    ),
  );
  expect((await folded.lines(1, 12)).map(({ text }) => text).slice(0, 3)).toEqual(["line 2", "line 3", "line 5"]);
  expect(asked).toEqual(["0-3 4-6 7-9 10-12 13-15 16-41"]);
});
