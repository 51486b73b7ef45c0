import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  Dialect,
  type Task,
  type TaskFilterSchema,
  TaskOrder,
  TaskState,
} from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { parseDuration } from "#lib/parse-duration.ts";
import { listOf, oneOf, someOf, textOf } from "#pages/search.ts";

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

/** Columns of the list, in their order; the task itself is always there. */
export const columnNames = [
  "state",
  "project",
  "api",
  "id",
  "by",
  "created",
  "ended",
  "duration",
  "worker",
  "exit",
  "commit",
  "try",
  "labels",
] as const;
export const usualColumns: readonly ColumnName[] = ["state", "project", "api", "created", "duration", "worker", "try"];

export type ColumnName = (typeof columnNames)[number];
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
  /** The whole title. */
  readonly name?: string | undefined;
  /** Id or name of a worker. */
  readonly worker?: string | undefined;
  /** Who asked for it. */
  readonly by?: string | undefined;
  /** Part of why it waits or ended as it did. */
  readonly reason?: string | undefined;
  /** It has all of these: `key=value`, or a key alone. */
  readonly label?: readonly string[] | undefined;
  readonly since?: SinceName | undefined;
  /** Created from and until then, on the reader's clock: `2026-11-22` or `2026-11-22T09:30`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** It ended from and before then; as the others, or in UTC with a `Z` at the end, which a link says everywhere alike. */
  readonly endedFrom?: string | undefined;
  readonly endedTo?: string | undefined;
  /** It ran so long at least and at most: `1h 30m`. */
  readonly longer?: string | undefined;
  readonly shorter?: string | undefined;
  readonly order?: OrderName | undefined;
  /** Where a list in the order of creation begins, on the reader's clock. */
  readonly at?: string | undefined;
  readonly cols?: readonly ColumnName[] | undefined;
  /** Id of the saved view that this was begun from. */
  readonly view?: string | undefined;
}

/** What a search holds beside its filters. */
export type TaskLook = "order" | "at" | "cols" | "view";

/** Without what only says how the list looks. */
export function filtersOf({
  order: _,
  cols: __,
  view: ___,
  at: ____,
  ...filters
}: TaskSearch): Omit<TaskSearch, TaskLook> {
  return filters;
}

export function hasFilters(search: TaskSearch): boolean {
  return Object.values(filtersOf(search)).some((value) => value !== undefined);
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
    ...readWords(search),
    label: listOf(search.label)
      ?.map((label) => label.slice(0, 264))
      .slice(0, 16),
    from: timeOf(search.from),
    to: timeOf(search.to),
    endedFrom: timeOf(search.endedFrom),
    endedTo: timeOf(search.endedTo),
    longer: lengthOf(search.longer),
    shorter: lengthOf(search.shorter),
    at: timeOf(search.at),
    cols: someOf(search.cols, columnNames),
    view: textOf(search.view)?.slice(0, 64),
  };
}

function readWords(search: Record<string, unknown>): Pick<TaskSearch, "name" | "worker" | "by" | "reason"> {
  const [name, worker, by, reason] = [search.name, search.worker, search.by, search.reason].map((value) =>
    textOf(value)?.slice(0, 256),
  );
  return { name, worker, by, reason };
}

/** A time of the address, if it is one: to the day, the minute, the second or the millisecond. */
export function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{3})?)?Z?)?$/;
  return text !== undefined && form.test(text) && !Number.isNaN(msOf(text)) ? text : undefined;
}

/** A date begins at midnight, where the reader is. */
function msOf(text: string): number {
  return new Date(text.includes("T") ? text : `${text}T00:00`).getTime();
}

/** How much a time of the address names: the day, the minute, the second or the millisecond, in milliseconds. */
function lengthNamed(text: string): number {
  if (!text.includes("T")) return 86_400_000;
  if (text.includes(".")) return 1;
  return /T\d\d:\d\d:/.test(text) ? 1_000 : 60_000;
}

/** A time of the address on the reader's clock, as fields take it: `2026-11-22T09:30`, with what it names below the minute. */
export function localTime(text: string): string {
  const at = msOf(text);
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, -1);
  return local.replace(/(:00)?\.000$/, "");
}

/** A length of the address, if it is one. */
export function lengthOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text !== undefined && parseDuration(text) !== undefined ? text : undefined;
}

/** The filter of a request. `now` in milliseconds gives `since` its meaning. */
export function toTaskFilter(search: TaskSearch, now: number): MessageInitShape<typeof TaskFilterSchema> {
  const { state = [], dialect = [], project = "", q = "", name = "", worker = "", by = "", reason = "" } = search;
  const { after, before } = createdRange(search, now);
  const { least, most } = lengths(search);
  const ended = endedRange(search);
  return {
    states: state.map((each) => states[each]),
    dialects: dialect.map((each) => dialects[each]),
    projectName: project,
    text: q,
    title: name,
    worker,
    creator: by,
    reason,
    labels: [...(search.label ?? [])],
    ...(after !== undefined && { createdAfter: timestampFromMs(after) }),
    ...(before !== undefined && { createdBefore: timestampFromMs(before) }),
    ...(ended.after !== undefined && { endedAfter: timestampFromMs(ended.after) }),
    ...(ended.before !== undefined && { endedBefore: timestampFromMs(ended.before) }),
    ...(least !== undefined && { minDuration: durationFromMs(least) }),
    ...(most !== undefined && { maxDuration: durationFromMs(most) }),
  };
}

/** Both ends are outside. */
export function createdRange({ since, from, to }: Pick<TaskSearch, "since" | "from" | "to">, now: number) {
  const starts = [
    ...(since ? [now - sinceHours[since] * 3_600_000] : []),
    // the first millisecond of the day belongs to it
    ...(from ? [msOf(from) - 1] : []),
  ];
  return {
    after: starts.length === 0 ? undefined : Math.max(...starts),
    before: endOf(to),
  };
}

/** Both ends are outside. */
function endedRange({ endedFrom, endedTo }: Pick<TaskSearch, "endedFrom" | "endedTo">) {
  return { after: endedFrom === undefined ? undefined : msOf(endedFrom) - 1, before: endOf(endedTo) };
}

/** A day without a time is there whole. */
function endOf(to: string | undefined): number | undefined {
  return to === undefined ? undefined : msOf(to) + (to.includes("T") ? 0 : 86_400_000);
}

function lengths({ longer, shorter }: TaskSearch) {
  return {
    least: longer === undefined ? undefined : parseDuration(longer),
    most: shorter === undefined ? undefined : parseDuration(shorter),
  };
}

/** Where the list begins, in milliseconds: the whole minute or day that is named belongs to it. Only lists by creation begin anywhere. */
export function startOf({ at, order = "newest" }: Pick<TaskSearch, "at" | "order">): number | undefined {
  if (at === undefined || (order !== "newest" && order !== "oldest")) return undefined;
  return order === "newest" ? msOf(at) + lengthNamed(at) - 1 : msOf(at);
}

export function toTaskOrder({ order = "newest" }: TaskSearch): TaskOrder {
  return orders[order];
}

/** Whether a list with this search has the task, as far as can be told without the server. */
export function matchesSearch(task: Task, search: TaskSearch, now: number): boolean {
  const { state, dialect, project, q = "" } = search;
  const words = `${task.title}\n${task.name}`.toLowerCase();
  return (
    (state === undefined || state.some((name) => states[name] === task.state)) &&
    (dialect === undefined || dialect.some((name) => dialects[name] === task.dialect)) &&
    (project === undefined || project === task.projectName) &&
    words.includes(q.toLowerCase()) &&
    matchesRun(task, search) &&
    matchesTimes(task, search, now)
  );
}

function matchesRun(task: Task, { name, worker, by, reason = "", label = [] }: TaskSearch): boolean {
  return (
    label.every((wanted) => task.labels.some(({ key, value }) => wanted === key || wanted === `${key}=${value}`)) &&
    (name === undefined || name.toLowerCase() === task.title.toLowerCase()) &&
    (worker === undefined || worker === task.workerId || worker === task.workerName) &&
    (by === undefined || by === task.creator) &&
    (task.reason?.message ?? "").toLowerCase().includes(reason.toLowerCase())
  );
}

function matchesTimes(task: Task, search: TaskSearch, now: number): boolean {
  const created = toMs(task.createTime) ?? 0;
  const { after = Number.NEGATIVE_INFINITY, before = Number.POSITIVE_INFINITY } = createdRange(search, now);
  const { least, most } = lengths(search);
  if (created <= after || created >= before || !matchesEnd(task, search)) return false;
  if (least === undefined && most === undefined) return true;
  const started = toMs(task.startTime);
  if (started === undefined) return false;
  const length = (toMs(task.endTime) ?? Date.now()) - started;
  return length >= (least ?? 0) && length <= (most ?? Number.POSITIVE_INFINITY);
}

function matchesEnd(task: Task, search: TaskSearch): boolean {
  const { after, before } = endedRange(search);
  if (after === undefined && before === undefined) return true;
  const ended = toMs(task.endTime);
  return ended !== undefined && ended > (after ?? 0) && ended < (before ?? Number.POSITIVE_INFINITY);
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
