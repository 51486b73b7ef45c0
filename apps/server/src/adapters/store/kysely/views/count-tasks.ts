import { sql } from "kysely";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Driver, filterConditions } from "./task-filter.ts";

/** Beyond this a list says only that there are more. */
export const mostCounted = 10_000;

/** So many rows are sorted within a few milliseconds. */
export const fewTasks = 3_000;

/** The index that finds the tasks of a filter with the least to look at. */
export async function driverOf(snapshot: Snapshot, filter: TaskFilter): Promise<Driver> {
  const { projectId, projectName, projectNames, states, dialects, title, labels = [] } = filter;
  if (title !== undefined) return "title";
  if (labels.length > 0) {
    const ofStates = states && (await countTasks(snapshot, { states }, "states", fewTasks));
    return ofStates !== undefined && ofStates <= fewTasks ? "states" : "labels";
  }
  const inProject = Boolean(projectId) || Boolean(projectName) || projectNames !== undefined;
  if (states !== undefined && inProject) {
    const ofStates = await countTasks(snapshot, { states }, "states", fewTasks);
    return ofStates > fewTasks ? "project" : "states";
  }
  if (inProject) return "project";
  if (states !== undefined) return "states";
  return dialects === undefined ? "none" : "dialects";
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
