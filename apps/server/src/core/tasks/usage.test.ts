import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addUsage, mostPoints, noUsage, type Usage, type UsagePoint } from "#core/tasks/usage.ts";

const point = (at: number, more: Partial<UsagePoint> = {}): UsagePoint => ({
  at,
  span: 1_000,
  cpuMs: 500,
  memory: at,
  disk: 1,
  processes: 2,
  ...more,
});
const seconds = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => point((from + index + 1) * 1_000));
const add = (usage: Usage, points: readonly UsagePoint[]) => addUsage(usage, undefined, points);

describe("what an attempt took over time", () => {
  it("keeps what is told, in order, and no repeat of it", () => {
    const once = add(add(noUsage, seconds(0, 10)), seconds(5, 20));
    expect(once.points).toEqual(seconds(0, 20));
    expect(add(once, seconds(0, 20))).toEqual(once);
  });

  it("doubles the interval when there are too many, and keeps peaks and sums", () => {
    const usage = add(noUsage, [...seconds(0, 240), point(241_000, { memory: 9e9 })]);
    expect(usage.interval).toBe(2_000);
    expect(usage.points).toHaveLength(121);
    expect(usage.points[0]).toEqual(point(2_000, { span: 2_000, cpuMs: 1_000 }));
    expect(usage.points.at(-1)?.memory).toBe(9e9);
  });

  it("joins points across a silence of the worker", () => {
    const late = point(1_000_000, { span: 900_000, cpuMs: 7 });
    expect(add(noUsage, [...seconds(0, 3), late]).points).toEqual([...seconds(0, 3), late]);
  });

  it("only lets totals grow", () => {
    const totals = { cpuMs: 5, peakMemory: 10, peakDisk: 3 };
    const first = addUsage(noUsage, totals, []);
    expect(addUsage(first, { cpuMs: 6, peakMemory: 4, peakDisk: 0 }, []).totals).toEqual({ ...totals, cpuMs: 6 });
  });

  it("stays bounded and loses neither time nor peak, however it is told", () => {
    const batches = fc.array(fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 50 }), { maxLength: 60 });
    fc.assert(
      fc.property(batches, (spans) => {
        let at = 0;
        let usage = noUsage;
        const all: UsagePoint[] = [];
        for (const batch of spans) {
          const points = batch.map((span) => {
            at += span;
            return point(at, { span, cpuMs: span, memory: span });
          });
          all.push(...points);
          usage = add(add(usage, points), points.slice(1));
        }
        const sum = (points: readonly UsagePoint[], of: "span" | "cpuMs") =>
          points.reduce((so, one) => so + one[of], 0);
        const peak = (points: readonly UsagePoint[]) => Math.max(0, ...points.map(({ memory }) => memory));
        expect(usage.points.length).toBeLessThanOrEqual(mostPoints);
        for (const of of ["span", "cpuMs"] as const) expect(sum(usage.points, of)).toBe(sum(all, of));
        expect(peak(usage.points)).toBe(peak(all));
        expect(usage.points.map((one) => one.at)).toEqual(usage.points.map((one) => one.at).toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});
