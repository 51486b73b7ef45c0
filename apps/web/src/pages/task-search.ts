import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Dialect,
  type Task,
  type TaskFilterSchema,
  TaskOrder,
  TaskState,
} from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { oneOf, someOf, textOf } from "#pages/search.ts";

export const stateNames = [
  "waiting",
  "queued",
  "running",
  "cancelling",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
] as const;
export const dialectNames = ["tributary", "ame", "flyte", "taskqueue", "agent", "armonik"] as const;
export const orderNames = ["newest", "oldest", "ended", "title", "title-down"] as const;
export const sinceNames = ["1h", "24h", "7d"] as const;

export type StateName = (typeof stateNames)[number];
export type DialectName = (typeof dialectNames)[number];
export type OrderName = (typeof orderNames)[number];
export type SinceName = (typeof sinceNames)[number];

/** Which tasks a list shows, as it stands in the address. */
export interface TaskSearch {
  readonly state?: readonly StateName[] | undefined;
  readonly dialect?: readonly DialectName[] | undefined;
  /** Name of a project. */
  readonly project?: string | undefined;
  /** Part of the title or name. */
  readonly q?: string | undefined;
  readonly since?: SinceName | undefined;
  readonly order?: OrderName | undefined;
}

const states: Record<StateName, TaskState> = {
  waiting: TaskState.WAITING,
  queued: TaskState.QUEUED,
  running: TaskState.ACTIVE,
  cancelling: TaskState.CANCELLING,
  paused: TaskState.PAUSED,
  succeeded: TaskState.SUCCEEDED,
  failed: TaskState.FAILED,
  cancelled: TaskState.CANCELLED,
};

const dialects: Record<DialectName, Dialect> = {
  tributary: Dialect.TRIBUTARY,
  ame: Dialect.AME,
  flyte: Dialect.FLYTE,
  taskqueue: Dialect.TASKQUEUE,
  agent: Dialect.AGENT,
  armonik: Dialect.ARMONIK,
};

const orders: Record<OrderName, TaskOrder> = {
  newest: TaskOrder.CREATED_DESC,
  oldest: TaskOrder.CREATED_ASC,
  ended: TaskOrder.ENDED_DESC,
  title: TaskOrder.TITLE_ASC,
  "title-down": TaskOrder.TITLE_DESC,
};

export const sinceHours: Record<SinceName, number> = { "1h": 1, "24h": 24, "7d": 168 };

/** Reads the address; what it does not know is left out. */
export function readTaskSearch(search: Record<string, unknown>): TaskSearch {
  return {
    state: someOf(search.state, stateNames),
    dialect: someOf(search.dialect, dialectNames),
    project: textOf(search.project)?.slice(0, 256),
    q: textOf(search.q)?.slice(0, 256),
    since: oneOf(search.since, sinceNames),
    order: oneOf(search.order, orderNames),
  };
}

/** The filter of a request. `now` in milliseconds gives `since` its meaning. */
export function toTaskFilter(
  { state = [], dialect = [], project = "", q = "", since }: TaskSearch,
  now: number,
): MessageInitShape<typeof TaskFilterSchema> {
  return {
    states: state.map((name) => states[name]),
    dialects: dialect.map((name) => dialects[name]),
    projectName: project,
    text: q,
    ...(since && { createdAfter: timestampFromMs(now - sinceHours[since] * 3_600_000) }),
  };
}

export function toTaskOrder({ order = "newest" }: TaskSearch): TaskOrder {
  return orders[order];
}

/** Whether a list with this search has the task, as far as can be told without the server. */
export function matchesSearch(task: Task, { state, dialect, project, q, since }: TaskSearch, now: number): boolean {
  const words = `${task.title}\n${task.name}`.toLowerCase();
  return (
    (state === undefined || state.some((name) => states[name] === task.state)) &&
    (dialect === undefined || dialect.some((name) => dialects[name] === task.dialect)) &&
    (project === undefined || project === task.projectName) &&
    words.includes((q ?? "").toLowerCase()) &&
    (since === undefined || (toMs(task.createTime) ?? 0) >= now - sinceHours[since] * 3_600_000)
  );
}

/** Whether `a` stands above `b` in a list with this order. */
export function standsAbove(a: Task, b: Task, { order = "newest" }: TaskSearch): boolean {
  const created = (task: Task) => toMs(task.createTime) ?? 0;
  const ended = (task: Task) => toMs(task.endTime) ?? 0;
  switch (order) {
    case "newest":
      return created(a) > created(b) || (created(a) === created(b) && a.id > b.id);
    case "oldest":
      return created(a) < created(b) || (created(a) === created(b) && a.id < b.id);
    case "ended":
      return ended(a) > ended(b);
    case "title":
      return a.title < b.title;
    case "title-down":
      return a.title > b.title;
  }
}

export function toDialect(name: DialectName): Dialect {
  return dialects[name];
}

export function dialectName(dialect: Dialect): DialectName | undefined {
  return dialectNames.find((name) => dialects[name] === dialect);
}

export function stateName(state: TaskState): StateName | undefined {
  return stateNames.find((name) => states[name] === state);
}
