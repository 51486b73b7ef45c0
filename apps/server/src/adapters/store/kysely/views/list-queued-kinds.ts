import { sql } from "kysely";
import type { QueuedKinds, QueuedKindsAsk } from "#core/tasks/queued-kind.ts";
import { demandOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";
import { inStates } from "./states.ts";
import { inProjects } from "./task-filter.ts";

/** One pass over the index of queued tasks. */
export async function listQueuedKinds(
  { db, position }: Snapshot,
  { limit, projectNames }: QueuedKindsAsk,
): Promise<QueuedKinds> {
  const queued = db.selectFrom("tasks").where(inStates(["queued"]));
  const rows = await (projectNames === undefined ? queued : queued.where(inProjects(projectNames)))
    .select(({ fn }) => ["dialect", "demand", fn.countAll<number>().as("count"), fn.min<number>("id").as("first_id")])
    .groupBy(["dialect", "demand"])
    .orderBy(sql`count(*)`, "desc")
    .orderBy("first_id")
    .limit(limit)
    .execute();
  const kinds = rows.map(({ dialect, demand, count, first_id }) => {
    return { dialect, demand: demandOf(demand), count, firstTaskId: first_id };
  });
  return { kinds, position };
}
