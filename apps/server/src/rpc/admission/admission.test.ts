import { describe, expect, test } from "vitest";
import { Admission, type Admitted } from "./admission.ts";
import { callerNetwork } from "./caller-network.ts";

function opened(limits: Partial<ConstructorParameters<typeof Admission>[0]> = {}) {
  const clock = { now: 0 };
  const all = { callsPerSecond: 1_000, callsAtOnce: 2, streamsAtOnce: 3, ...limits };
  return { clock, admission: new Admission(all, () => clock.now) };
}

function release(admitted: Admitted): void {
  if (!admitted.admitted) throw new Error(admitted.reason);
  admitted.release();
}

describe("what is under way", () => {
  test("is limited for each caller, calls and streams apart", () => {
    const { admission } = opened();
    const first = admission.admit("a", "call");
    expect(admission.admit("a", "call").admitted).toBe(true);
    expect(admission.admit("a", "call")).toEqual({ admitted: false, reason: "calls", retryMs: 1_000 });
    for (let n = 0; n < 3; n++) expect(admission.admit("a", "stream").admitted).toBe(true);
    expect(admission.admit("a", "stream")).toMatchObject({ reason: "streams" });
    expect(admission.admit("b", "call").admitted).toBe(true);
    release(first);
    expect(admission.admit("a", "call").admitted).toBe(true);
  });

  test("is limited for all together", () => {
    const { admission } = opened();
    for (const name of ["a", "b", "c", "d"]) {
      for (let n = 0; n < 2; n++) expect(admission.admit(name, "call").admitted).toBe(true);
    }
    expect(admission.admit("e", "call")).toMatchObject({ reason: "all-calls" });
    expect(admission.admit("e", "stream").admitted).toBe(true);
  });

  test("ends once, however often that is told", () => {
    const { admission } = opened();
    const first = admission.admit("a", "call");
    release(first);
    release(first);
    expect([1, 2, 3].map(() => admission.admit("a", "call").admitted)).toEqual([true, true, false]);
  });
});

test("calls a second are limited on average, with twice as many in a burst", () => {
  const { clock, admission } = opened({ callsPerSecond: 10 });
  for (let n = 0; n < 20; n++) release(admission.admit("a", "call"));
  const shed = admission.admit("a", "call");
  expect(shed).toMatchObject({ admitted: false, reason: "rate" });
  expect(!shed.admitted && shed.retryMs).toBeCloseTo(100);
  release(admission.admit("b", "call"));
  clock.now += 100;
  release(admission.admit("a", "call"));
  expect(admission.admit("a", "call").admitted).toBe(false);
});

test("callers who come from ever new addresses cost no memory without end", () => {
  const { clock, admission } = opened();
  for (let n = 0; n < 50_000; n++) {
    clock.now += 10;
    release(admission.admit(`a${n}`, "call"));
  }
  expect(admission.remembered).toBeLessThanOrEqual(10_000);
});

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::5:6", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s counts as %s", (address, network) => {
  expect(callerNetwork(address)).toBe(network);
});
