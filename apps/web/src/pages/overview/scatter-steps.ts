import type { Point } from "#pages/overview/scatter-shape.ts";

/** Percent of the width that count as much as one of the height when the next longer task is looked for. */
const flatness = 3;

/** The task that a key leads to from another; undefined for keys that lead nowhere. */
export function stepTo(key: string, from: Point | undefined, points: readonly Point[]): Point | undefined {
  const index = from === undefined ? -1 : points.findIndex((point) => isSame(point, from));
  switch (key) {
    case "ArrowRight":
      return points[Math.min(points.length - 1, index + 1)];
    case "ArrowLeft":
      return index < 0 ? points.at(-1) : points[Math.max(0, index - 1)];
    case "Home":
      return points[0];
    case "End":
      return points.at(-1);
    case "ArrowUp":
      return from
        ? nearest(
            points.filter(({ ms }) => ms > from.ms),
            from,
          )
        : points.at(-1);
    case "ArrowDown":
      return from
        ? nearest(
            points.filter(({ ms }) => ms < from.ms),
            from,
          )
        : points.at(-1);
    default:
      return undefined;
  }
}

/** The same task, in the same state: one that runs may be there again as one that ended. */
export function isSame(a: Point, b: Point): boolean {
  return a.id === b.id && a.state === b.state;
}

function nearest(points: readonly Point[], to: Point): Point {
  const far = ({ x, y }: Point) => Math.hypot((x - to.x) * flatness, y - to.y);
  return points.reduce((best, point) => (best === to || far(point) < far(best) ? point : best), to);
}
