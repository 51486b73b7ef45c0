import { expect, it } from "vitest";

import { parseDuration, writeDuration } from "./parse-duration.ts";

it("reads units one after another, and nothing else", () => {
  expect(["90s", "1h 30m", "250ms", "2d1ms", " 3 S "].map(parseDuration)).toEqual([
    90_000, 5_400_000, 250, 172_800_001, 3_000,
  ]);
  expect(["", "90", "s", "1h30", "-5s", "1.5s"].map(parseDuration)).toEqual(Array(6).fill(undefined));
});

it("writes what it reads as the same", () => {
  expect([0, 1, 1_030, 90_000, 5_400_250].map(writeDuration)).toEqual([
    "0s",
    "1ms",
    "1s 30ms",
    "1m 30s",
    "1h 30m 250ms",
  ]);
  for (const ms of [0, 7, 999, 61_001, 86_400_000, 123_456_789]) expect(parseDuration(writeDuration(ms))).toBe(ms);
});
