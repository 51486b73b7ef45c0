const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Durations that get a line, in milliseconds. */
const marks = [100, second, 10 * second, minute, 10 * minute, hour, 4 * hour, 24 * hour, 7 * 24 * hour];

export interface DurationAxis {
  /** Lines from the shortest to the longest, in milliseconds. */
  readonly ticks: readonly number[];
  /** Height from the top, in percent. */
  readonly place: (ms: number) => number;
  /** The duration at a height, in milliseconds. */
  readonly at: (percent: number) => number;
}

/** A scale on which each step is a multiple: seconds and hours in one picture. */
export function durationAxis(durations: readonly number[]): DurationAxis {
  const shortest = Math.min(...durations, second);
  const longest = Math.max(...durations, minute);
  const from = marks.findLast((mark) => mark <= shortest) ?? 100;
  const to = marks.find((mark) => mark >= longest) ?? longest;
  const span = Math.log(to / from);
  return {
    ticks: marks.filter((mark) => mark >= from && mark <= to),
    place: (ms) => 100 - (Math.log(Math.min(to, Math.max(from, ms)) / from) / span) * 100,
    at: (percent) => from * Math.exp((span * (100 - percent)) / 100),
  };
}
