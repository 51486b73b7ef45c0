import { describe, expect, it } from "vitest";

import {
  agoTick,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatDurationLong,
  formatPercent,
} from "./format.ts";

const minute = 60_000;
const hour = 60 * minute;

describe("formatDuration", () => {
  it.each([
    [-5, "0s"],
    [0, "0s"],
    [3, "0.1s"],
    [320, "0.3s"],
    [949, "0.9s"],
    [1400, "1s"],
    [59_999, "59s"],
    [60_000, "1m 00s"],
    [18 * minute + 42_000, "18m 42s"],
    [hour - 1, "59m 59s"],
    [2 * hour + 31 * minute + 59_000, "2h 31m"],
    [24 * hour, "1d 00h"],
    [100 * hour, "4d 04h"],
  ])("writes %d ms as %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it("never shows sixty seconds", () => expect(formatDuration(59_990)).toBe("59s"));

  it.each([
    [51 * minute + 43_000, "51 min 43 s"],
    [2 * hour + 5 * minute, "2 h 5 min"],
    [320, "0.3 s"],
    [48_000, "48 s"],
  ])("writes %d ms in a sentence as %s", (ms, text) => expect(formatDurationLong(ms)).toBe(text));
});

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [2150, "2.1 KiB"],
    [1024 * 1023.7, "1 MiB"],
    [412 * 1024, "412 KiB"],
    [1.92 * 1024 ** 3, "1.92 GiB"],
    [5000 * 1024 ** 5, "5000 PiB"],
    [Number.NaN, "0 B"],
  ])("writes %d as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe("formatAgo", () => {
  const now = 1_800_000_000_000;
  it.each([
    [0, "now"],
    [38_000, "38s"],
    [5 * minute, "5m"],
    [hour + 3 * minute, "1h 03m"],
    [9 * 24 * hour, "9d"],
    [-5 * minute, "in 5m"],
    [-47 * hour, "in 1d 23h"],
    [-9 * 24 * hour, "in 9d"],
  ])("writes %d ms ago as %s", (ms, text) => expect(formatAgo(now - ms, now)).toBe(text));

  it("ticks when the text changes next", () => {
    expect(agoTick(now - 30_000, now)).toBe(1000);
    expect(agoTick(now - 90_000, now)).toBe(30_000);
    const at = now - 5 * minute - 12_345;
    const before = formatAgo(at, now + agoTick(at, now) - 1);
    expect(formatAgo(at, now + agoTick(at, now))).not.toBe(before);
  });
});

it("sets thousands apart, of large integers too", () => {
  expect(formatCount(1_284_907)).toBe("1,284,907");
  expect(formatCount(9_007_199_254_740_993n)).toBe("9,007,199,254,740,993");
});

it("writes shares with no more figures than they deserve", () => {
  expect([0, 0.004, 0.31, 0.9951, 1].map(formatPercent)).toEqual(["0 %", "0.4 %", "31 %", "100 %", "100 %"]);
});
