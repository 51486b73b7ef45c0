import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Which tasks wait for which, and the data sets that tasks make for others. */
export async function dataSets(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("dependencies")
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("on_task_id", integer, (column) => column.notNull())
    .addColumn("path", text, (column) => column.notNull())
    .addColumn("label", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("task_id_on_task_id_path_key", ["task_id", "on_task_id", "path"])
    .execute();
  await db.schema.createIndex("dependencies_on").on("dependencies").columns(["on_task_id", "task_id"]).execute();
  await db.schema
    .createTable("data_sets")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("producer_id", integer)
    .addColumn("body", text, (column) => column.notNull())
    .execute();
}
