import { type RawBuilder, sql } from "kysely";
import type { TaskState } from "#core/tasks/task.ts";

/** States of tasks that have not ended. */
export const openStates: readonly TaskState[] = ["waiting", "queued", "active", "cancelling", "paused"];

/** Spelled out, not as parameters, so that the indexes of single states can be used. */
export function inStates(states: readonly TaskState[]): RawBuilder<boolean> {
  if (states.length === 0) return sql`1 = 0`;
  const [first, ...others] = states.map((state) => sql.lit(state));
  return others.length === 0 ? sql`state = ${first}` : sql`state in (${sql.join([first, ...others])})`;
}
