import { setTimeout as sleep } from "node:timers/promises";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { UsageMeter } from "../../src/usage/usage-meter.ts";

const MIB = 1 << 20;
const reading = (cpuMs: number, mib = 1) => ({ cpuMs, memory: mib * MIB, tasks: 1, processes: 1 });
const pointsOf = (meter: UsageMeter) => meter.tell();
const totalsOf = (meter: UsageMeter) => meter.totals()!;
const cpuOf = (points: readonly { cpuTime?: Parameters<typeof durationMs>[0] | undefined }[]) =>
  points.reduce((sum, { cpuTime }) => sum + (cpuTime ? durationMs(cpuTime) : 0), 0);

describe("what one attempt took", () => {
  test("is told in stretches that follow one another, once each, and again after a lost call", async () => {
    const meter = new UsageMeter(Date.now());
    expect(meter.totals()).toBeUndefined();
    await sleep(5);
    meter.add(reading(10, 3));
    await sleep(5);
    meter.addDisk(99);
    meter.add(reading(30, 2));
    const first = pointsOf(meter);
    expect(first.map(({ memoryBytes, diskBytes }) => [memoryBytes, diskBytes])).toEqual([
      [BigInt(3 * MIB), 0n],
      [BigInt(2 * MIB), 99n],
    ]);
    const [a, b] = first;
    expect(timestampMs(b!.time!) - timestampMs(a!.time!)).toBe(durationMs(b!.span!));
    meter.untold();
    expect(pointsOf(meter)).toEqual(first);
    meter.told();
    expect(meter.tell()).toEqual([]);
    expect(totalsOf(meter)).toMatchObject({ peakMemoryBytes: BigInt(3 * MIB), peakDiskBytes: 99n });
  });

  test("stays bounded without a server, and loses no time of processors", async () => {
    const meter = new UsageMeter(Date.now() - 10);
    for (let index = 1; index <= 600; index++) {
      meter.add(reading(index));
      if (index % 2 === 0) await sleep(1);
    }
    expect(meter.tell().length).toBeLessThanOrEqual(240);
    expect(cpuOf(pointsOf(meter))).toBeGreaterThanOrEqual(599);
  });

  test("an adopted one begins with the first reading, and time never goes back", () => {
    const meter = new UsageMeter(undefined);
    meter.add(reading(5_000));
    expect(meter.tell()).toEqual([]);
    meter.add(reading(4_000));
    expect(durationMs(totalsOf(meter).cpuTime!)).toBe(5_000);
  });

  test("takes the system's own count at the end, but not the launcher's memory for a small process's", () => {
    const short = new UsageMeter(Date.now());
    short.addEnd({ cpuSeconds: 0.012, maxRssBytes: 12 * MIB });
    expect(totalsOf(short)).toMatchObject({ peakMemoryBytes: BigInt(12 * MIB), peakDiskBytes: 0n });
    expect(durationMs(totalsOf(short).cpuTime!)).toBe(12);
    const small = new UsageMeter(Date.now() - 1_000);
    small.add(reading(1, 2));
    small.addEnd({ cpuSeconds: 0.001, maxRssBytes: 12 * MIB });
    expect(totalsOf(small).peakMemoryBytes).toBe(BigInt(2 * MIB));
    small.addEnd({ cpuSeconds: 0.001, maxRssBytes: 300 * MIB });
    expect(totalsOf(small).peakMemoryBytes).toBe(BigInt(300 * MIB));
  });
});
