import { describe, expect, it } from "vitest";
import { parseSyncInterval } from "#core/sources/sync-interval.ts";

describe("sync intervals", () => {
  it.each([
    [undefined, 300_000],
    ["10s", 10_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
    ["1500ms", 1_500],
    ["5ns", 1_000],
  ])("%s is %d ms", (text, value) => {
    expect(parseSyncInterval(text)).toBe(value);
  });

  it.each(["10", "s", "1h30m", "-5s", "5 m", "5M", `${"9".repeat(20)}s`])("refuses %s", (text) => {
    expect(() => parseSyncInterval(text)).toThrow(/write for example 10s, 5m, 1h/);
  });
});
