import { memo, useMemo } from "react";

import { formatDurationLong, formatShortDateTime } from "#lib/format.ts";
import type { Point, ScatterShape } from "#pages/overview/scatter-shape.ts";
import { pointsIn, type Stretch } from "#pages/overview/scatter-stretch.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";

const words = overviewStrings.scatter;

interface ScatterPointsProps {
  /** Id of the list that they are the options of. */
  readonly of: string;
  readonly shape: ScatterShape;
  readonly stretch: Stretch | undefined;
}

/** The id of a point as an option. */
export function idOfPoint(list: string, { id, state }: Point): string {
  return `${list}${id}-${state}`;
}

/** All tasks of the picture; while some are selected, the others stand back. */
export function ScatterPoints({ of, shape, stretch }: ScatterPointsProps) {
  const selected = useMemo(() => new Set(stretch && pointsIn(stretch, shape.ended)), [stretch, shape]);
  const mark = (point: Point) => (
    <Mark key={idOfPoint(of, point)} id={idOfPoint(of, point)} point={point} isSelected={selected.has(point)} />
  );
  return (
    <svg className={`scatter-points ${stretch ? "some-selected" : ""}`} role="presentation">
      {shape.ended.map(mark)}
      {shape.running.map(mark)}
    </svg>
  );
}

interface MarkProps {
  readonly id: string;
  readonly point: Point;
  readonly isSelected: boolean;
}

const Mark = memo(function Mark({ id, point, isSelected }: MarkProps) {
  const { x, y, state } = point;
  const option = { id, role: "option", "aria-label": nameOf(point), "aria-selected": isSelected };
  if (state === "failed") {
    return (
      <svg x={`${x}%`} y={`${y}%`} role="presentation">
        <path d="M0-4.6 4.6 0 0 4.6-4.6 0z" className="p-failed" {...option} />
      </svg>
    );
  }
  return <circle cx={`${x}%`} cy={`${y}%`} r="3" className={`p-${state}`} {...option} />;
});

function nameOf({ title, state, ms, at }: Point): string {
  const when = state === "running" ? words.now : formatShortDateTime(at);
  return words.point(title, state, formatDurationLong(ms), when);
}
