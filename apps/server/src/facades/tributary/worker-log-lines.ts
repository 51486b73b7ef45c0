import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import type { WorkerLogLine as WireLine, WorkerLogLineSchema } from "@tributary/proto/tributary/v1/workers_pb";
import type { WorkerLogLevel, WorkerLogLine } from "#core/workers/worker-logs.ts";

const levels: Readonly<Record<WorkerLogLevel, LogLevel>> = {
  info: LogLevel.INFO,
  warn: LogLevel.WARN,
  error: LogLevel.ERROR,
};

/** The end of the year 9999: what is later cannot be written as JSON. */
const latest = 253_402_300_799_000;

export function toLogLine({ sequence, time, level, message, gapBefore }: WireLine): WorkerLogLine {
  return {
    sequence: Number(sequence),
    at: Math.max(0, Math.min(time ? timestampMs(time) : 0, latest)),
    level: level === LogLevel.ERROR ? "error" : level === LogLevel.WARN ? "warn" : "info",
    message,
    gapBefore,
  };
}

export function fromLogLine(line: WorkerLogLine): MessageInitShape<typeof WorkerLogLineSchema> {
  const { sequence, at, level, message, gapBefore } = line;
  return { sequence: BigInt(sequence), time: timestampFromMs(at), level: levels[level], message, gapBefore };
}
