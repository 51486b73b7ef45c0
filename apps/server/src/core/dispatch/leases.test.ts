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
    leases.adopt({ id: "a", kind: "tributary" }, 50);
    expect(leases.isHeard()).toBe(false);
    expect(leases.expired(149)).toEqual([]);
    expect(leases.expired(150)).toEqual(["a"]);
    leases.extend("a", 120, 0);
    leases.adopt({ id: "a", kind: "tributary" }, 10);
    expect(leases.expired(150)).toEqual([]);
    expect(leases.isHeard()).toBe(true);
  });

  it("of scitq's workers last longer, from the first sign of life and after a start", () => {
    const leases = new Leases(100, undefined, 1_000);
    leases.begin({ id: "s", kind: "scitq" }, 0, 0);
    leases.extend("s", 10, 10);
    leases.adopt({ id: "t", kind: "scitq" }, 50);
    expect(leases.expired(1_009)).toEqual([]);
    expect(leases.expired(1_010)).toEqual(["s"]);
    leases.extend("t", 40, 0);
    expect(leases.expired(1_040)).toEqual(["s", "t"]);
  });
});
