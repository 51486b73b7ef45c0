import { sql } from "kysely";
import type { AnyDatabase } from "./migration.ts";

/** Ended tasks by their end, with their start: how long they ran is told by the index alone. */
export async function lengthsByEnd(db: AnyDatabase): Promise<void> {
  await db.schema.dropIndex("tasks_ended").execute();
  await db.schema
    .createIndex("tasks_ended")
    .on("tasks")
    .columns(["ended_at", "id", "state", "started_at"])
    .where(sql<boolean>`ended_at is not null`)
    .execute();
}
