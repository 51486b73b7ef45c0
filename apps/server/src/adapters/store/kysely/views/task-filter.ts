import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { lowerCase } from "../task-row.ts";
import { inStates } from "./states.ts";

/** The part of a filter whose index finds the tasks; the others are checked on what it finds. */
export type Driver = "ended" | "title" | "labels" | "project" | "states" | "dialects" | "none";

type Condition = Expression<SqlBool>;

/**
 * The conditions of a filter, written so that a database has no choice which index to use: it knows nothing of how many
 * tasks there are of a kind, and a wrong choice among a million tasks takes seconds.
 *
 * @param driver - the part that is found by its index
 */
export function filterConditions(filter: TaskFilter, driver: Driver): Condition[] {
  const { createdAfter, createdBefore, text } = filter;
  const conditions = [
    ...labelConditions(filter, driver),
    ...projectConditions(filter, driver),
    ...kindConditions(filter, driver),
  ];
  // What its labels or its end find has an order of its own.
  const created = driver === "labels" || driver === "ended" ? sql`created_at + 0` : sql.ref("created_at");
  if (createdAfter !== undefined) conditions.push(sql<boolean>`${created} > ${createdAfter}`);
  if (createdBefore !== undefined) conditions.push(sql<boolean>`${created} < ${createdBefore}`);
  if (text) conditions.push(contains(sql.ref("search"), text));
  return conditions.concat(runConditions(filter, driver));
}

/** The first label drives, the others are looked up task by task. */
function labelConditions({ labels = [] }: TaskFilter, driver: Driver): Condition[] {
  return labels.map((label, index) =>
    driver === "labels" && index === 0
      ? sql<boolean>`id in (select task_id from task_labels where label = ${label})`
      : sql<boolean>`exists (select 1 from task_labels as own where own.task_id = tasks.id and own.label = ${label})`,
  );
}

/** What is told of the run. */
function runConditions(filter: TaskFilter, driver: Driver): Condition[] {
  const { title, creator, workerIds, reason } = filter;
  const conditions = [...lengthConditions(filter), ...endConditions(filter, driver)];
  if (title !== undefined) {
    const column = driver === "title" ? sql.ref("sort_title") : unindexed("sort_title");
    conditions.push(sql<boolean>`${column} = ${lowerCase(title)}`);
  }
  if (creator !== undefined) conditions.push(sql<boolean>`creator = ${creator}`);
  if (workerIds !== undefined) conditions.push(inTexts(workerIds, sql.ref("worker_id")));
  if (reason) conditions.push(contains(sql`lower(reason_message)`, reason));
  return conditions;
}

/** Whether a filter asks when tasks ended: those that have not are not meant. */
export function asksForEnd({ endedAfter, endedBefore }: TaskFilter): boolean {
  return endedAfter !== undefined || endedBefore !== undefined;
}

function endConditions(filter: TaskFilter, driver: Driver): Condition[] {
  const { endedAfter, endedBefore } = filter;
  const drives = driver === "ended";
  const ended = drives ? sql.ref("ended_at") : sql`ended_at + 0`;
  const conditions: Condition[] = [];
  if (endedAfter !== undefined) conditions.push(sql<boolean>`${ended} > ${endedAfter}`);
  if (endedBefore !== undefined) conditions.push(sql<boolean>`${ended} < ${endedBefore}`);
  // The index has no others; it is used when the query says so too.
  if (drives) conditions.push(sql<boolean>`ended_at is not null`);
  return conditions;
}

/** The start of a task that is to be tried again is that of its last attempt, which has no end of its own here. */
function lengthConditions({ ran }: TaskFilter): Condition[] {
  if (ran === undefined) return [];
  const length = sql<number>`coalesce(ended_at, ${ran.now}) - started_at`;
  const conditions: Condition[] = [sql<boolean>`state not in ('waiting', 'queued', 'paused')`];
  if (ran.atLeast !== undefined) conditions.push(sql<boolean>`${length} >= ${ran.atLeast}`);
  if (ran.atMost !== undefined) conditions.push(sql<boolean>`${length} <= ${ran.atMost}`);
  return conditions;
}

function projectConditions(filter: TaskFilter, driver: Driver): Condition[] {
  const { projectId, projectName, projectNames } = filter;
  const conditions: Condition[] = [];
  if (projectId !== undefined) {
    const drives = driver === "project";
    conditions.push(sql<boolean>`${drives ? sql.ref("project_id") : unindexed("project_id")} = ${projectId}`);
    // No task of no project is in the index; it is used when the query says so too.
    if (drives && projectId !== "") conditions.push(sql<boolean>`project_id <> ''`);
  }
  if (projectName !== undefined) {
    const drives = driver === "project" && !projectId;
    conditions.push(sql<boolean>`${drives ? sql.ref("project_name") : unindexed("project_name")} = ${projectName}`);
    if (drives && projectName !== "") conditions.push(sql<boolean>`project_name <> ''`);
  }
  if (projectNames !== undefined) {
    const drives = driver === "project" && !projectId && !projectName;
    conditions.push(inProjects(projectNames, drives ? sql.ref("project_name") : unindexed("project_name")));
    if (drives) conditions.push(sql<boolean>`project_name <> ''`);
  }
  return conditions;
}

/** @param column - of the project's name */
export function inProjects(names: readonly string[], column = unindexed("project_name")): RawBuilder<boolean> {
  return inTexts(names, column);
}

function inTexts(texts: readonly string[], column: RawBuilder<unknown>): RawBuilder<boolean> {
  return texts.length === 0 ? sql<boolean>`1 = 0` : sql<boolean>`${column} in (${sql.join(texts)})`;
}

function kindConditions({ states, dialects }: TaskFilter, driver: Driver): Condition[] {
  const conditions: Condition[] = [];
  if (states !== undefined) conditions.push(inStates(states, driver === "states" ? undefined : unindexed("state")));
  if (dialects !== undefined) {
    const column = driver === "dialects" ? sql.ref("dialect") : unindexed("dialect");
    conditions.push(dialects.length === 0 ? sql`1 = 0` : sql<boolean>`${column} in (${sql.join(dialects)})`);
  }
  return conditions;
}

/** A column of text as a value like any other: its index is not used to find rows, though its values may be read there. */
export function unindexed(column: string): RawBuilder<string> {
  return sql<string>`${sql.ref(column)} || ''`;
}

/** Any case, and without meaning for `%` and `_`. */
function contains(column: RawBuilder<unknown>, text: string): Condition {
  const pattern = `%${lowerCase(text).replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`${column} like ${pattern} escape '\\'`;
}
