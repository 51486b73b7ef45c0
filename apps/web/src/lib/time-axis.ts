/** Steps an axis may have, in ms: round in the way people read clocks. */
const steps = [
  1, 5, 10, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
  1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
];

/** A stretch of time drawn from left to right. */
export interface TimeAxis {
  readonly from: number;
  readonly to: number;
  /** Times that get a line and a word, increasing. */
  readonly ticks: readonly number[];
  /** Where a time lies, in percent of the width; times outside lie on the edge. */
  place(at: number): number;
}

/**
 * Chooses round ticks for a stretch of time.
 *
 * @param most - at most so many ticks
 * @param zone - minutes to add to UTC before rounding, so that days and hours fall on the reader's clock
 */
export function timeAxis(from: number, to: number, most: number, zone = 0): TimeAxis {
  const span = Math.max(1, to - from);
  const step = stepFor(span / Math.max(1, most));
  const shift = zone * 60_000;
  const ticks: number[] = [];
  for (let tick = Math.ceil((from + shift) / step) * step - shift; tick <= from + span; tick += step) ticks.push(tick);
  return {
    from,
    to: from + span,
    ticks,
    place: (at) => Math.min(100, Math.max(0, ((at - from) / span) * 100)),
  };
}

function stepFor(least: number): number {
  const days = Math.ceil(least / 86_400_000) * 86_400_000;
  return steps.find((step) => step >= least) ?? days;
}
