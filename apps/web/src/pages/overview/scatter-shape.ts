import type { GetOverviewResponse } from "@tributary/proto/tributary/v1/overview_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { type DurationAxis, durationAxis } from "#pages/overview/duration-axis.ts";
import { stateGlyph, titleOf } from "#pages/parts/task-words.ts";
import type { State } from "#ui/state-glyph.tsx";

/** A task in the picture. */
export interface Point {
  readonly id: number;
  readonly title: string;
  readonly state: State;
  /** How long it took, or has run until now. */
  readonly ms: number;
  /** When it ended. */
  readonly at: number;
  /** From the left and the top, in percent. */
  readonly x: number;
  readonly y: number;
}

/** What there is to draw, and where. */
export interface ScatterShape {
  readonly from: number;
  readonly to: number;
  readonly durations: DurationAxis;
  /** Those that ended, the oldest first. */
  readonly ended: readonly Point[];
  /** At the right edge. */
  readonly running: readonly Point[];
}

/** Only so many ended tasks are told: on a busy server the picture begins with the oldest of them. */
const mostTold = 500;
/** It is never narrower than this. */
const leastSpan = 60_000;

/** Lays out the tasks that ran, by when they ended and how long they took. */
export function scatterShape(overview: GetOverviewResponse, hours: number, now: number): ScatterShape {
  const told = toldFrom(overview);
  const start = Math.max(told ?? Number.NEGATIVE_INFINITY, now - hours * 3_600_000);
  const ended = overview.durations
    .flatMap(({ taskId, title, state, endTime, milliseconds, ran }) => {
      const at = toMs(endTime);
      const seen = ran && at !== undefined && at >= start;
      return seen ? [{ id: taskId, title, state: stateGlyph(state), ms: Number(milliseconds), at }] : [];
    })
    .sort((a, b) => a.at - b.at || a.id - b.id);
  const to = Math.max(now, ended.at(-1)?.at ?? now);
  const from = Math.min(start, to - leastSpan);
  const running = overview.running.flatMap((task) => {
    const begin = toMs(task.startTime);
    const title = titleOf(task);
    const state = stateGlyph(TaskState.ACTIVE);
    return begin === undefined ? [] : [{ id: task.id, title, state, ms: Math.max(0, to - begin), at: to }];
  });
  const durations = durationAxis([...ended, ...running].map(({ ms }) => ms));
  const place = (each: Omit<Point, "x" | "y">): Point => ({
    ...each,
    x: ((each.at - from) / (to - from)) * 100,
    y: durations.place(each.ms),
  });
  return { from, to, durations, ended: ended.map(place), running: running.map(place) };
}

/** From when on all are told; others may have ended in the same millisecond as the oldest of many. */
function toldFrom({ durations }: GetOverviewResponse): number | undefined {
  const oldest = toMs(durations.at(-1)?.endTime);
  return durations.length < mostTold || oldest === undefined ? undefined : oldest + 1;
}
