import { sql } from "kysely";
import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Labels of tasks, what started them, and a way to those that repeat one. */
export async function labels(db: AnyDatabase, { integer, text, clustered }: ColumnTypes): Promise<void> {
  for (const column of ["labels", "origin"]) await db.schema.alterTable("tasks").addColumn(column, text).execute();
  const table = db.schema
    .createTable("task_labels")
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("label", text, (column) => column.notNull())
    .addColumn("labelled_at", integer, (column) => column.notNull())
    .addColumn("label_project", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("task_id_label_key", ["task_id", "label"]);
  await (clustered ? table.modifyEnd(clustered) : table).execute();
  const index = (name: string) => db.schema.createIndex(name);
  await index("task_labels_label").on("task_labels").columns(["label", "labelled_at", "task_id"]).execute();
  await index("task_labels_project").on("task_labels").columns(["label_project", "label"]).execute();
  await index("tasks_retry_of")
    .on("tasks")
    .columns(["retry_of", "id"])
    .where(sql<boolean>`retry_of is not null`)
    .execute();
}
