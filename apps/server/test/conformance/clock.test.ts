import { describe, expect, it } from "vitest";
import { systemClock } from "#adapters/clock/system/index.ts";
import { cryptoRandom } from "#adapters/random/crypto/index.ts";
import { manualClock } from "#test/manual-clock.ts";

describe("systemClock", () => {
  it("tells the time, and time that passes", () => {
    const clock = systemClock();
    const before = clock.monotonic();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(before);
  });
});

describe("manualClock", () => {
  it("stands still until it is moved", () => {
    const clock = manualClock(1_000_000);
    const monotonic = clock.monotonic();
    clock.advance(500);
    expect([clock.now(), clock.monotonic() - monotonic]).toEqual([1_000_500, 500]);
    clock.jump(-10_000);
    expect([clock.now(), clock.monotonic() - monotonic]).toEqual([990_500, 500]);
    expect(() => clock.advance(-1)).toThrow();
  });
});

describe("cryptoRandom", () => {
  it("gives as many bytes as are asked for, other ones each time", () => {
    const random = cryptoRandom();
    expect(random.bytes(0)).toHaveLength(0);
    expect(random.bytes(32)).toHaveLength(32);
    expect(Buffer.from(random.bytes(32)).equals(random.bytes(32))).toBe(false);
  });
});
