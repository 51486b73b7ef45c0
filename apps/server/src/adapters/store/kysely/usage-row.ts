import type { AttemptRef } from "#core/tasks/task.ts";
import type { Usage, UsagePoint, UsageTotals } from "#core/tasks/usage.ts";
import type { AttemptUsageRow } from "./schema.ts";

/** Points without the names of their fields, as there are many. */
type PackedPoint = readonly [at: number, span: number, cpuMs: number, memory: number, disk: number, processes: number];

interface PackedUsage {
  readonly totals: UsageTotals;
  readonly interval: number;
  readonly points: readonly PackedPoint[];
}

export function usageRow({ taskId, number }: AttemptRef, { totals, interval, points }: Usage): AttemptUsageRow {
  const pack = ({ at, span, cpuMs, memory, disk, processes }: UsagePoint): PackedPoint => [
    at,
    span,
    cpuMs,
    memory,
    disk,
    processes,
  ];
  const packed: PackedUsage = { totals, interval, points: points.map(pack) };
  return { task_id: taskId, number, body: JSON.stringify(packed) };
}

export function usageOf({ body }: Pick<AttemptUsageRow, "body">): Usage {
  const { totals, interval, points } = JSON.parse(body) as PackedUsage;
  const unpack = ([at, span, cpuMs, memory, disk, processes]: PackedPoint): UsagePoint => ({
    at,
    span,
    cpuMs,
    memory,
    disk,
    processes,
  });
  return { totals, interval, points: points.map(unpack) };
}
