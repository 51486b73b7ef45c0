import type { Reason } from "#core/reason.ts";
import { type Labels, labelTexts } from "#core/tasks/labels.ts";
import type { Origin } from "#core/tasks/origin.ts";
import type { Demand, Task } from "#core/tasks/task.ts";
import type { TaskLabelRow, TaskRow } from "./schema.ts";

/** The columns that a {@link Task} is made of. */
export const taskColumns = [
  "id",
  "dialect",
  "project_id",
  "project_name",
  "name",
  "title",
  "creator",
  "retry_of",
  "created_at",
  "state",
  "attempt",
  "phase",
  "reason_code",
  "reason_message",
  "reason_hint",
  "user_failures",
  "system_failures",
  "queued_at",
  "not_before",
  "started_at",
  "ended_at",
  "exit_code",
  "worker_id",
  "commit_hash",
  "demand",
  "labels",
  "origin",
] as const satisfies readonly (keyof TaskRow)[];

/** A row as far as a task is made of it. */
export type TaskColumns = Pick<TaskRow, (typeof taskColumns)[number]>;

/** The row of a new task. */
export function taskRow(task: Task, requestId: string | null): TaskRow {
  const title = lowerCase(task.title);
  const { labels, origin } = task;
  return rowOf(task, {
    request_id: requestId,
    sort_title: title,
    search: `${title}\n${lowerCase(task.name)}`,
    labels: labels === undefined ? null : JSON.stringify(labels),
    origin: origin === undefined ? null : `${origin.kind} ${origin.id}`,
  });
}

/** The rows that a new task is found by its labels with. */
export function labelRows({ id, labels, createdAt, projectName }: Task): readonly TaskLabelRow[] {
  if (labels === undefined) return [];
  return labelTexts(labels).map((label) => {
    return { task_id: id, label, labelled_at: createdAt, label_project: projectName };
  });
}

/** A row that replaces that of a task, in which what never changes need not be worked out again. */
export function changedTaskRow(task: Task): TaskRow {
  return rowOf(task, { request_id: null, sort_title: "", search: "", labels: null, origin: null });
}

function rowOf(
  task: Task,
  fixed: Pick<TaskRow, "request_id" | "sort_title" | "search" | "labels" | "origin">,
): TaskRow {
  return {
    id: task.id,
    dialect: task.dialect,
    project_id: task.projectId,
    project_name: task.projectName,
    name: task.name,
    title: task.title,
    sort_title: fixed.sort_title,
    search: fixed.search,
    creator: task.creator,
    retry_of: task.retryOf ?? null,
    request_id: fixed.request_id,
    created_at: task.createdAt,
    state: task.state,
    attempt: task.attempt,
    phase: task.phase ?? null,
    reason_code: task.reason?.code ?? null,
    reason_message: task.reason?.message ?? null,
    reason_hint: task.reason?.hint ?? null,
    user_failures: task.userFailures,
    system_failures: task.systemFailures,
    queued_at: queuedAt(task),
    not_before: task.notBefore ?? null,
    started_at: task.startedAt ?? null,
    ended_at: task.endedAt ?? null,
    exit_code: task.exitCode ?? null,
    worker_id: task.workerId ?? null,
    commit_hash: task.commit ?? null,
    demand: demandText(task.demand),
    labels: fixed.labels,
    origin: fixed.origin,
  };
}

/** Characters of a title or a name that are sorted and searched by; an index has room for few. */
const mostSearched = 300;

/** Any case, Unicode's too, whatever the database knows of it. */
export function lowerCase(text: string): string {
  return text.slice(0, mostSearched).toLowerCase();
}

/** A queued task always has a place in the queue, if need be that of its creation. */
function queuedAt(task: Task): number | null {
  return task.queuedAt ?? (task.state === "queued" ? task.createdAt : null);
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };

export function taskOf(row: TaskColumns): Task {
  const task: Draft<Task> = {
    id: row.id,
    dialect: row.dialect,
    projectId: row.project_id,
    projectName: row.project_name,
    name: row.name,
    title: row.title,
    state: row.state,
    attempt: row.attempt,
    userFailures: row.user_failures,
    systemFailures: row.system_failures,
    createdAt: row.created_at,
    creator: row.creator,
    demand: demandOf(row.demand),
  };
  const reason = reasonOf(row);
  if (reason !== undefined) task.reason = reason;
  if (row.phase !== null) task.phase = row.phase;
  if (row.queued_at !== null) task.queuedAt = row.queued_at;
  if (row.not_before !== null) task.notBefore = row.not_before;
  if (row.started_at !== null) task.startedAt = row.started_at;
  if (row.ended_at !== null) task.endedAt = row.ended_at;
  if (row.exit_code !== null) task.exitCode = row.exit_code;
  if (row.retry_of !== null) task.retryOf = row.retry_of;
  if (row.worker_id !== null) task.workerId = row.worker_id;
  if (row.commit_hash !== null) task.commit = row.commit_hash;
  if (row.labels !== null) task.labels = JSON.parse(row.labels) as Labels;
  if (row.origin !== null) task.origin = originOf(row.origin);
  return task;
}

function originOf(text: string): Origin {
  const at = text.indexOf(" ");
  return { kind: text.slice(0, at) as Origin["kind"], id: text.slice(at + 1) };
}

export function reasonOf(row: Pick<TaskRow, "reason_code" | "reason_message" | "reason_hint">): Reason | undefined {
  if (row.reason_code === null) return undefined;
  const reason = { code: row.reason_code, message: row.reason_message ?? "" };
  return row.reason_hint === null ? reason : { ...reason, hint: row.reason_hint };
}

/** A task keeps its demand from its queueing to its end. */
const demandTexts = new WeakMap<Demand, string>();

/** The same text for the same demand, whatever the order of its names. */
export function demandText(demand: Demand): string {
  let text = demandTexts.get(demand);
  if (text === undefined) {
    const names = Object.keys(demand);
    text = JSON.stringify(
      names.length < 2 ? demand : Object.fromEntries(names.sort().map((name) => [name, demand[name]])),
    );
    demandTexts.set(demand, text);
  }
  return text;
}

/** Few demands are shared by many tasks; parsing each anew would be a tenth of reading a page. */
const parsedDemands = new Map<string, Demand>();
const mostParsedDemands = 1_000;

export function demandOf(text: string): Demand {
  const known = parsedDemands.get(text);
  if (known !== undefined) return known;
  const demand: Demand = Object.freeze(JSON.parse(text) as Record<string, number>);
  if (parsedDemands.size >= mostParsedDemands) parsedDemands.clear();
  parsedDemands.set(text, demand);
  return demand;
}
