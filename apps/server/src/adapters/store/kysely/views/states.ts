import { type RawBuilder, sql } from "kysely";
import type { TaskState } from "#core/tasks/task.ts";

/** States of tasks that have not ended. */
export const openStates: readonly TaskState[] = ["waiting", "queued", "active", "cancelling", "paused"];

/** The states are spelled out, not given as parameters, so that the indexes of single states can be used. */
export function inStates(
  states: readonly TaskState[],
  column: RawBuilder<unknown> = sql.ref("state"),
): RawBuilder<boolean> {
  const [first, ...others] = states.map((state) => sql.lit(state));
  if (first === undefined) return sql`1 = 0`;
  return others.length === 0 ? sql`${column} = ${first}` : sql`${column} in (${sql.join([first, ...others])})`;
}
