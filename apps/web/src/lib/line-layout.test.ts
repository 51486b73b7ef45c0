import { expect, it } from "vitest";

import { dividerHeight, layLines, lineHeight } from "./line-layout.ts";

it("lays lines one under the other, with room for the rules", () => {
  const layout = layLines(100, [0, 10, 400]);
  expect(layout.total).toBe(100 * lineHeight + 2 * dividerHeight);
  expect([layout.top(0), layout.top(1), layout.top(10), layout.top(11)]).toEqual([
    0,
    lineHeight + dividerHeight,
    10 * lineHeight + dividerHeight,
    11 * lineHeight + 2 * dividerHeight,
  ]);
  expect([layout.height(9), layout.height(10)]).toEqual([lineHeight, lineHeight + dividerHeight]);
});

it("finds the line at every distance", () => {
  const layout = layLines(200, [0, 3, 4, 5, 150]);
  for (let line = 0; line < 200; line += 1) {
    expect(layout.lineAt(layout.top(line))).toBe(line);
    expect(layout.lineAt(layout.top(line) + layout.height(line) - 1)).toBe(line);
  }
  expect([layout.lineAt(-10), layout.lineAt(1e9)]).toEqual([0, 199]);
});

it("copes with an empty log", () => {
  const layout = layLines(0, [0]);
  expect([layout.total, layout.lineAt(50)]).toEqual([0, 0]);
});
