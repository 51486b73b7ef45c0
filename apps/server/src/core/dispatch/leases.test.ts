import { describe, expect, it } from "vitest";
import { Leases } from "#core/dispatch/leases.ts";

describe("leases", () => {
  it("end a period after the last sign of life, on the monotonic clock", () => {
    const leases = new Leases(100);
    leases.extend("a", 0, 5_000);
    leases.extend("a", 60, 5_060);
    expect(leases.expired(159)).toEqual([]);
    expect(leases.expired(160)).toEqual(["a"]);
    leases.end("a");
    expect(leases.expired(1_000)).toEqual([]);
    expect(leases.has("a")).toBe(false);
  });

  it("give a worker from before the start one full period, and do not count it as heard", () => {
    const leases = new Leases(100);
    leases.adopt("a", 50);
    expect(leases.isHeard()).toBe(false);
    expect(leases.expired(149)).toEqual([]);
    expect(leases.expired(150)).toEqual(["a"]);
    leases.extend("a", 120, 0);
    leases.adopt("a", 10);
    expect(leases.expired(150)).toEqual([]);
    expect(leases.isHeard()).toBe(true);
  });
});
