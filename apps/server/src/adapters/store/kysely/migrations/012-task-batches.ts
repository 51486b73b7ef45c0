import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** One act for many tasks, and which of them refused. */
export async function taskBatches(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("task_batches")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("task_batch_targets")
    .addColumn("batch_id", text, (column) => column.primaryKey().notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("task_batch_refusals")
    .addColumn("batch_id", text, (column) => column.notNull())
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("message", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("task_batch_refusals_key", ["batch_id", "task_id"])
    .execute();
}
