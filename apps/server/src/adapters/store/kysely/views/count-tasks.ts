import { sql } from "kysely";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { Snapshot } from "./snapshot.ts";
import { asksForEnd, type Driver, filterConditions } from "./task-filter.ts";

/** Beyond this a list says only that there are more. */
export const mostCounted = 10_000;

/** So many rows are sorted within a few milliseconds. */
export const fewTasks = 3_000;

/** The index that finds the tasks of a filter with the least to look at. */
export async function driverOf(snapshot: Snapshot, filter: TaskFilter): Promise<Driver> {
  const byEnd = asksForEnd(filter);
  if (byEnd && (await areFew(snapshot, rangeOfEnd(filter), "ended"))) return "ended";
  const { projectId, projectName, projectNames, states, dialects, title, labels = [] } = filter;
  if (title !== undefined) return "title";
  const inProject = Boolean(projectId) || Boolean(projectName) || projectNames !== undefined;
  const choosy = labels.length > 0 || inProject || byEnd;
  if (states !== undefined && (!choosy || (await areFew(snapshot, { states }, "states")))) return "states";
  if (labels.length > 0) return "labels";
  if (inProject) return "project";
  if (byEnd) return "ended";
  return dialects === undefined ? "none" : "dialects";
}

async function areFew(snapshot: Snapshot, filter: TaskFilter, driver: Driver): Promise<boolean> {
  return (await countTasks(snapshot, filter, driver, fewTasks)) <= fewTasks;
}

/** Only when tasks ended. */
function rangeOfEnd({ endedAfter, endedBefore }: TaskFilter): TaskFilter {
  return { ...(endedAfter !== undefined && { endedAfter }), ...(endedBefore !== undefined && { endedBefore }) };
}

/** Counts to one more than `most`. */
export async function countTasks(
  { db }: Snapshot,
  filter: TaskFilter,
  driver: Driver,
  most: number = mostCounted,
): Promise<number> {
  const matches = db
    .selectFrom("tasks")
    .select(sql.lit(1).as("one"))
    .where((eb) => eb.and(filterConditions(filter, driver)))
    .limit(most + 1);
  const { count } = await db
    .selectFrom(matches.as("matches"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}
