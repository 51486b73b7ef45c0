import { useRouter } from "@tanstack/react-router";
import type { GetOverviewResponse } from "@tributary/proto/tributary/v1/overview_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { type PointerEvent, useMemo, useState } from "react";

import { toMs } from "#api/time.ts";
import { formatClock, formatDuration, formatShortDateTime } from "#lib/format.ts";
import { timeAxis } from "#lib/time-axis.ts";
import { links } from "#pages/links.ts";
import { type DurationAxis, durationAxis } from "#pages/overview/duration-axis.ts";
import { roundDuration } from "#pages/parts/age.tsx";
import { stateGlyph, titleOf } from "#pages/parts/task-words.ts";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import type { State } from "#ui/state-glyph.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

const words = overviewStrings.scatter;

interface Point {
  readonly id: number;
  readonly title: string;
  readonly state: State;
  readonly ms: number;
  readonly at: number;
  /** From the left and the top, in percent. */
  readonly x: number;
  readonly y: number;
}

/** A pointer this far from a point still means it, in pixels. */
const reach = 14;

/** Each task that ended, by when and how long it took; what runs now is at the right edge. */
export function DurationScatter({
  overview,
  hours,
  now,
}: {
  readonly overview: GetOverviewResponse;
  readonly hours: number;
  readonly now: number;
}) {
  const router = useRouter();
  const [near, setNear] = useState<Point>();
  const from = useMemo(() => windowStart(overview, hours, now), [overview, hours, now]);
  const { points, durations } = useMemo(() => layPoints(overview, from, now), [overview, from, now]);
  const time = timeAxis(from, now, 6, -new Date(now).getTimezoneOffset());
  const point = (event: PointerEvent<HTMLElement>) => setNear(nearest(points, event));
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: every task shown here is in the list of tasks, which keys reach
    <div
      className={`scatter ${near ? "can-open" : ""}`}
      role="img"
      aria-label={summary(points)}
      onPointerMove={point}
      onPointerLeave={() => setNear(undefined)}
      onClick={() => near && router.history.push(links.task(near.id))}
    >
      <Grid durations={durations} />
      <div className="scatter-times" aria-hidden="true">
        {time.ticks.map((tick) => (
          <span key={tick} style={{ left: `${time.place(tick)}%` }}>
            {now - from > 48 * 3_600_000 ? formatShortDateTime(tick).split(",")[0] : formatClock(tick)}
          </span>
        ))}
      </div>
      <svg className="scatter-points" aria-hidden="true">
        {points.map((each) => (
          <Mark key={`${each.id} ${each.state}`} point={each} />
        ))}
      </svg>
      {near && <Tip point={near} />}
    </div>
  );
}

function Grid({ durations: { ticks, place } }: { readonly durations: DurationAxis }) {
  return ticks.map((tick) => (
    <div key={tick} className="scatter-line" style={{ top: `${place(tick)}%` }} aria-hidden="true">
      <span>{roundDuration(tick)}</span>
    </div>
  ));
}

function Mark({ point: { x, y, state } }: { readonly point: Point }) {
  if (state === "failed") {
    return (
      <svg x={`${x}%`} y={`${y}%`} className="p-failed" aria-hidden="true">
        <path d="M0-4.6 4.6 0 0 4.6-4.6 0z" />
      </svg>
    );
  }
  return <circle cx={`${x}%`} cy={`${y}%`} r="3" className={`p-${state}`} />;
}

function Tip({ point }: { readonly point: Point }) {
  const side = point.x > 70 ? { right: `${100 - point.x}%` } : { left: `${point.x}%` };
  return (
    <div className="scatter-tip" style={{ ...side, top: `${point.y}%` }}>
      <span className="row">
        <StateGlyph state={point.state} />
        <b className="strong cut">{point.title}</b>
      </span>
      <span className="dim">
        {formatDuration(point.ms)} · {point.state === "running" ? words.now : formatShortDateTime(point.at)}
      </span>
    </div>
  );
}

/** Only so many ended tasks are told: on a busy server the picture begins with the oldest of them. */
const mostTold = 500;

function windowStart({ durations }: GetOverviewResponse, hours: number, now: number): number {
  const from = now - hours * 3_600_000;
  const oldest = toMs(durations.at(-1)?.endTime);
  return durations.length < mostTold || oldest === undefined ? from : Math.max(from, Math.min(oldest, now - 60_000));
}

function layPoints(overview: GetOverviewResponse, from: number, now: number) {
  const ended = overview.durations.flatMap(({ taskId, title, state, endTime, milliseconds }) => {
    const at = toMs(endTime);
    return at === undefined || at < from
      ? []
      : [{ id: taskId, title, state: stateGlyph(state), ms: Number(milliseconds), at }];
  });
  const running = overview.running.flatMap((task) => {
    const start = toMs(task.startTime);
    return start === undefined
      ? []
      : [{ id: task.id, title: titleOf(task), state: stateGlyph(TaskState.ACTIVE), ms: now - start, at: now }];
  });
  const all = [...ended, ...running];
  const durations = durationAxis(all.map(({ ms }) => ms));
  const points: readonly Point[] = all.map((each) => ({
    ...each,
    x: ((Math.min(each.at, now) - from) / (now - from)) * 100,
    y: durations.place(each.ms),
  }));
  return { points, durations };
}

function nearest(points: readonly Point[], event: PointerEvent<HTMLElement>): Point | undefined {
  const box = event.currentTarget.getBoundingClientRect();
  let best: { readonly point: Point; readonly far: number } | undefined;
  for (const point of points) {
    const far = Math.hypot(
      (point.x / 100) * box.width - (event.clientX - box.left),
      (point.y / 100) * box.height - (event.clientY - box.top),
    );
    if (far < (best?.far ?? reach)) best = { point, far };
  }
  return best?.point;
}

function summary(points: readonly Point[]): string {
  const ended = points.filter(({ state }) => state !== "running");
  const failed = ended.filter(({ state }) => state === "failed").length;
  const times = ended.map(({ ms }) => ms).sort((a, b) => a - b);
  const middle = times[Math.floor(times.length / 2)];
  return middle === undefined
    ? words.none
    : words.summary(ended.length, failed, roundDuration(middle), roundDuration(times.at(-1) ?? 0));
}
