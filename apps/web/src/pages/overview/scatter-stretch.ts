import { formatDurationLong, formatTimeSpan } from "#lib/format.ts";
import { writeDuration } from "#lib/parse-duration.ts";
import type { Point, ScatterShape } from "#pages/overview/scatter-shape.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import type { TaskSearch } from "#pages/task-search.ts";

const words = overviewStrings.scatter;

/** Sides of a part of the picture, in percent from the left and the top. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Tasks that ended from a time on and before another, and took so long: what a list of tasks can be asked for. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly least: number;
  /** Unset: however long. */
  readonly most: number | undefined;
}

/** Pixels from an edge at which the edge is meant. */
const edge = 4;
const timeSteps = [1, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000];
const lengthSteps = [1, 10, 100, 500, 1_000, 5_000, 10_000, 60_000, 300_000, 600_000, 3_600_000];

/**
 * What a box drawn over the picture means, in times and lengths no finer than its pixels, so that people can read them.
 *
 * @param size - of the picture, in pixels
 */
export function stretchIn(
  box: Box,
  { from, to, durations, ended }: ScatterShape,
  size: { readonly width: number; readonly height: number },
): Stretch {
  const pixel = { x: 100 / Math.max(1, size.width), y: 100 / Math.max(1, size.height) };
  const time = (percent: number) =>
    roundTo(from + ((to - from) * percent) / 100, stepOf(timeSteps, ((to - from) * pixel.x) / 100));
  const length = (percent: number) => {
    const ms = durations.at(percent);
    return roundTo(ms, stepOf(lengthSteps, durations.at(percent - pixel.y) - ms));
  };
  const first = box.left <= edge * pixel.x ? from : time(box.left);
  const last = box.right >= 100 - edge * pixel.x ? to + 1 : time(box.right);
  const stretch: Stretch = {
    from: first,
    to: Math.max(last, first + 1),
    least: box.bottom >= 100 - edge * pixel.y ? 0 : length(box.bottom),
    most: box.top <= edge * pixel.y ? undefined : length(box.top),
  };
  return withinTold(stretch, ended);
}

/** Tasks that ended before the first that is shown are in no picture, and in no list of it. */
function withinTold(stretch: Stretch, ended: readonly Point[]): Stretch {
  const [first, last] = [ended[0], ended.at(-1)];
  if (first === undefined || last === undefined || pointsIn(stretch, ended).length === 0) return stretch;
  return { ...stretch, from: Math.max(stretch.from, first.at), to: Math.min(stretch.to, last.at + 1) };
}

/** The smallest that has all of some points. */
export function stretchAround(points: readonly Point[]): Stretch {
  const [at, ms] = [points.map((point) => point.at), points.map((point) => point.ms)];
  return { from: Math.min(...at), to: Math.max(...at) + 1, least: Math.min(...ms), most: Math.max(...ms) };
}

export function pointsIn({ from, to, least, most = Number.POSITIVE_INFINITY }: Stretch, points: readonly Point[]) {
  return points.filter(({ at, ms }) => at >= from && at < to && ms >= least && ms <= most);
}

/** Where a stretch lies in the picture. */
export function boxOf({ from, to, least, most }: Stretch, shape: ScatterShape): Box {
  const across = (at: number) => Math.min(100, Math.max(0, ((at - shape.from) / (shape.to - shape.from)) * 100));
  return {
    left: across(from),
    right: across(to),
    top: most === undefined ? 0 : shape.durations.place(most),
    bottom: shape.durations.place(least),
  };
}

/** The list of exactly its tasks, as they ended. */
export function searchFor({ from, to, least, most }: Stretch): TaskSearch {
  return {
    endedFrom: shortIso(from),
    endedTo: shortIso(to),
    // No task has a length that never ran, and none of those is in the picture.
    longer: writeDuration(least),
    shorter: most === undefined ? undefined : writeDuration(most),
    order: "ended",
  };
}

/** In UTC, so that the list is the same for whoever opens it, without the parts that are none. */
function shortIso(at: number): string {
  return new Date(at).toISOString().replace(/(:00)?\.000Z$/, "Z");
}

/** In words: `12 tasks, 14:02 to 14:20, 3 s to 1 min`. */
export function stretchText(stretch: Stretch, count: number): string {
  return `${words.tasks(count)}, ${formatTimeSpan(stretch.from, stretch.to)}, ${lengthText(stretch)}`;
}

function lengthText({ least, most }: Stretch): string {
  if (most === undefined) return least === 0 ? words.anyLength : words.longerThan(shortLength(least));
  return least === 0 ? words.upTo(shortLength(most)) : words.between(shortLength(least), shortLength(most));
}

function shortLength(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 60_000 ? `${Number((ms / 1_000).toFixed(2))} s` : formatDurationLong(ms).replace(/ 0 (?:s|min|h)$/, "");
}

function stepOf(steps: readonly number[], most: number): number {
  return steps.findLast((step) => step <= most) ?? 1;
}

function roundTo(value: number, step: number): number {
  return Math.round(value / step) * step;
}
