import type { Clock } from "#core/ports/clock.ts";

/** The machine's clocks. */
export function systemClock(): Clock {
  return { now: () => Date.now(), monotonic: () => performance.now() };
}
