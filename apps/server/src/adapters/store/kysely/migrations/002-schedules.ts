import { sql } from "kysely";
import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** What is run again and again, and what came of each time. */
export async function schedules(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("schedules")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("project_id", text, (column) => column.notNull())
    .addColumn("project_name", text, (column) => column.notNull())
    .addColumn("due_at", integer)
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("schedules_project_id").on("schedules").columns(["project_id", "id"]).execute();
  await db.schema.createIndex("schedules_project_name").on("schedules").columns(["project_name", "id"]).execute();
  await db.schema
    .createIndex("schedules_due")
    .on("schedules")
    .columns(["due_at", "id"])
    .where(sql<boolean>`due_at is not null`)
    .execute();
  await db.schema
    .createTable("schedule_ticks")
    .addColumn("schedule_id", text, (column) => column.notNull())
    .addColumn("at", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("schedule_id_at_key", ["schedule_id", "at"])
    .execute();
}
