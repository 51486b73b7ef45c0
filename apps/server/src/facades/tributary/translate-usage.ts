import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  UsagePointSchema,
  UsageTotalsSchema,
  UsagePoint as WirePoint,
  UsageTotals as WireTotals,
} from "@tributary/proto/tributary/v1/tasks_pb";
import type { UsagePoint, UsageTotals } from "#core/tasks/usage.ts";
import { toTime } from "#facades/tributary/translate.ts";

/** Points without a time say nothing. */
export function toPoints(points: readonly WirePoint[]): UsagePoint[] {
  return points.flatMap(({ time, span, cpuTime, memoryBytes, diskBytes, processes }) => {
    const at = toTime(time);
    if (at === undefined) return [];
    const sizes = { memory: Number(memoryBytes), disk: Number(diskBytes), processes };
    return [{ at, span: wholeMs(span), cpuMs: wholeMs(cpuTime), ...sizes }];
  });
}

export function toTotals({ cpuTime, peakMemoryBytes, peakDiskBytes }: WireTotals): UsageTotals {
  return { cpuMs: wholeMs(cpuTime), peakMemory: Number(peakMemoryBytes), peakDisk: Number(peakDiskBytes) };
}

function wholeMs(duration: Parameters<typeof durationMs>[0] | undefined): number {
  return duration ? Math.max(0, Math.round(durationMs(duration))) : 0;
}

export function fromTotals({ cpuMs, peakMemory, peakDisk }: UsageTotals): MessageInitShape<typeof UsageTotalsSchema> {
  return {
    cpuTime: durationFromMs(cpuMs),
    peakMemoryBytes: BigInt(peakMemory),
    peakDiskBytes: BigInt(peakDisk),
  };
}

export function fromPoint(point: UsagePoint): MessageInitShape<typeof UsagePointSchema> {
  return {
    time: timestampFromMs(point.at),
    span: durationFromMs(point.span),
    cpuTime: durationFromMs(point.cpuMs),
    memoryBytes: BigInt(point.memory),
    diskBytes: BigInt(point.disk),
    processes: point.processes,
  };
}
