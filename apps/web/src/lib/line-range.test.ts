import { expect, it } from "vitest";

import { formatLineRange, lineRange, parseLineRange } from "./line-range.ts";

it.each([
  ["#L120", { from: 120, to: 120 }],
  ["L120-L140", { from: 120, to: 140 }],
  ["#L140-120", { from: 120, to: 140 }],
  ["#L0", undefined],
  ["#L12x", undefined],
  ["#section", undefined],
  ["", undefined],
])("reads %j", (text, range) => expect(parseLineRange(text)).toEqual(range));

it("writes what it reads", () => {
  expect(formatLineRange(lineRange(140, 120))).toBe("L120-L140");
  expect(formatLineRange(lineRange(7, 7))).toBe("L7");
});
