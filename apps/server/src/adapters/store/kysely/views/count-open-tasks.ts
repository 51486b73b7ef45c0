import { sql } from "kysely";
import type { OpenTasks } from "#core/tasks/open-tasks.ts";
import { dialects } from "#core/tasks/task.ts";
import type { Snapshot } from "./snapshot.ts";
import { inStates, openStates } from "./states.ts";

/** A pass over the open part of an index for each question, without sorting. */
export async function countOpenTasks({ db }: Snapshot): Promise<OpenTasks> {
  const counts: OpenTasks["counts"][number][] = [];
  for (const state of openStates) {
    const row = await db
      .selectFrom("tasks")
      .select(dialects.map((dialect) => sql<number>`count(*) filter (where dialect = ${dialect})`.as(dialect)))
      .where(inStates([state]))
      .executeTakeFirstOrThrow();
    for (const dialect of dialects) counts.push({ state, dialect, count: row[dialect] ?? 0 });
  }
  const oldest = await db
    .selectFrom("tasks")
    .select(
      dialects.map((dialect) => sql<number | null>`min(queued_at) filter (where dialect = ${dialect})`.as(dialect)),
    )
    .where(inStates(["queued"]))
    .executeTakeFirstOrThrow();
  const oldestQueued = dialects.flatMap((dialect) => {
    const queuedAt = oldest[dialect] ?? null;
    return queuedAt === null ? [] : [{ dialect, queuedAt }];
  });
  return { counts, oldestQueued };
}
