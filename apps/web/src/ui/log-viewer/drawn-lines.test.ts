import { expect, it } from "vitest";

import { drawnNext } from "./drawn-lines.ts";

it("keeps the rows of lines that stay", () => {
  const drawn = drawnNext({ from: 100, to: 160, shift: 7 }, { from: 148, to: 208 });
  expect(drawn).toEqual({ from: 148, to: 208, shift: 7 });
});

it.each([
  { from: 5_000, to: 5_062 },
  { from: 162, to: 224 },
  { from: 12, to: 74 },
])("gives the rows of lines that go to others when none stays: $from", (wanted) => {
  const before = { from: 100, to: 162, shift: 7 };
  const drawn = drawnNext(before, wanted);
  expect(drawn).toMatchObject(wanted);
  expect(drawn.from - drawn.shift).toBe(before.from - before.shift);
});

it("is the same when nothing else is wanted", () => {
  const before = { from: 100, to: 162, shift: 7 };
  expect(drawnNext(before, { from: 100, to: 162 })).toBe(before);
});
