import type { Clock } from "#core/ports/clock.ts";

export interface ManualClock extends Clock {
  /** Both clocks go on by so many milliseconds, as when time passes. */
  advance(milliseconds: number): void;
  /** The wall clock alone jumps, forwards or backwards, as when somebody sets it. */
  jump(milliseconds: number): void;
}

/** A clock that stands still until a test moves it. */
export function manualClock(start = Date.UTC(2030, 0, 1)): ManualClock {
  let now = start;
  let monotonic = 1_000;
  return {
    now: () => now,
    monotonic: () => monotonic,
    advance(milliseconds) {
      if (milliseconds < 0) throw new Error("time does not pass backwards; use jump");
      now += milliseconds;
      monotonic += milliseconds;
    },
    jump(milliseconds) {
      now += milliseconds;
    },
  };
}
