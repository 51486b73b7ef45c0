import { uptime } from "node:os";
import type { Duration } from "@bufbuild/protobuf/wkt";
import type { StartedRecord } from "./journal.ts";

/** Clock ticks in a second in /proc, the same on every Linux that Node runs on. */
const TICKS = 100;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds that a process has run, by the machine's own clock where the start is known by it. */
function runningMs({ startTime, startedAt }: StartedRecord): number {
  if (process.platform === "linux" && startTime > 0) return Math.max(0, uptime() * 1000 - (startTime * 1000) / TICKS);
  return Math.max(0, Date.now() - startedAt);
}

/** Calls `over` once when the process has run as long as it may; 0 or unset means for ever. Returns what ends the watch. */
export function watchTimeLimit(limit: Duration | undefined, started: StartedRecord, over: () => void): () => void {
  const limitMs = durationMs(limit);
  if (limitMs <= 0) return () => undefined;
  let timer: NodeJS.Timeout;
  const look = () => {
    const left = limitMs - runningMs(started);
    if (left <= 0) over();
    else timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS));
  };
  // Later, so that whoever watches a process that is over time already has what this returns.
  timer = setTimeout(look, 0);
  return () => clearTimeout(timer);
}

export function durationMs(duration: Duration | undefined): number {
  return duration ? Number(duration.seconds) * 1000 + duration.nanos / 1e6 : 0;
}
