import { expect, it } from "vitest";

import { LineRuns } from "./line-runs.ts";

/** The same numbers every time, from 0 up to, not including, `limit`. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % limit;
  };
}

it.each([1, 2, 3, 4, 5])("finds rows and positions as a list of all positions would: %i", (seed) => {
  const next = numbers(seed);
  const runs = new LineRuns();
  const all: number[] = [];
  for (let turn = 0, at = 0; turn < 60; turn += 1) {
    at += next(5);
    const to = at + 1 + next(5);
    runs.add({ from: at, to });
    for (; at < to; at += 1) all.push(at);
  }
  expect(runs.count).toBe(all.length);
  for (const [row, position] of all.entries()) expect([runs.at(row), runs.rowOf(position)]).toEqual([position, row]);
  for (let turn = 0; turn < 50; turn += 1) {
    const [place, length] = [next(400), next(30)];
    const after = all.findIndex((position) => position >= place);
    expect(runs.rowOf(place)).toBe(after < 0 ? all.length : after);
    const read = runs
      .slice(place, place + length)
      .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
    expect(read).toEqual(all.slice(place, place + length));
  }
});

it("joins what overlaps, as lines around hits do", () => {
  const runs = new LineRuns();
  for (const line of [5, 7, 20]) runs.add({ from: line - 2, to: line + 3 });
  expect([runs.size, runs.count, runs.slice(0, 99)]).toEqual([
    2,
    12,
    [
      { from: 3, to: 10 },
      { from: 18, to: 23 },
    ],
  ]);
});
