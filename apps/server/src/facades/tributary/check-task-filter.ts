import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { durationMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { TaskFilter as WireFilter } from "@tributary/proto/tributary/v1/tasks_pb";
import { RefusedError } from "#core/errors.ts";

/** The last second of the year 9999; protobuf's timestamps end there, and begin with the year 1. */
const lastSecond = 253_402_300_799n;
const firstSecond = -62_135_596_800n;

/**
 * A range that no task can be in is a mistake of whoever asks, and an empty list would not tell them.
 *
 * @throws RefusedError `invalid` for a time or a length that is none, and for a range that ends before it begins
 */
export function checkTaskFilter(filter: WireFilter): void {
  const { createdAfter, createdBefore, endedAfter, endedBefore, minDuration, maxDuration } = filter;
  checkRange(readTime("created_after", createdAfter), readTime("created_before", createdBefore), "later");
  checkRange(readTime("ended_after", endedAfter), readTime("ended_before", endedBefore), "later");
  checkRange(readLength("min_duration", minDuration), readLength("max_duration", maxDuration), "longer");
}

interface End {
  readonly field: string;
  readonly ms: number;
}

function readTime(name: string, time: Timestamp | undefined): End | undefined {
  if (time === undefined) return undefined;
  const field = `filter.${name}`;
  if (time.seconds < firstSecond || time.seconds > lastSecond || time.nanos < 0 || time.nanos > 999_999_999) {
    throw new RefusedError("invalid", `${field}: must be a time of the years 1 to 9999`, field);
  }
  return { field, ms: timestampMs(time) };
}

function readLength(name: string, length: Duration | undefined): End | undefined {
  if (length === undefined) return undefined;
  const field = `filter.${name}`;
  const ms = durationMs(length);
  if (ms < 0) throw new RefusedError("invalid", `${field}: must not be negative`, field);
  return { field, ms };
}

function checkRange(from: End | undefined, to: End | undefined, how: "later" | "longer"): void {
  if (from === undefined || to === undefined || from.ms <= to.ms) return;
  const message = `${from.field}: is ${how} than ${to.field}, so that no task can match; change one of them`;
  throw new RefusedError("invalid", message, from.field);
}
