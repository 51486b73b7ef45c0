import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Models of projects: their versions, the tasks that train and validate them, and what serves them. */
export async function models(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("models")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("project_name", text, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("models_project").on("models").columns(["project_name", "id"]).execute();
  await db.schema
    .createTable("model_versions")
    .addColumn("model_id", text, (column) => column.notNull())
    .addColumn("version", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("model_id_version_key", ["model_id", "version"])
    .execute();
  for (const table of ["model_runs", "replicas"]) {
    await db.schema
      .createTable(table)
      .addColumn("task_id", integer, (column) => column.primaryKey().notNull())
      .addColumn("model_id", text, (column) => column.notNull())
      .addColumn("body", text, (column) => column.notNull())
      .execute();
    await db.schema.createIndex(`${table}_model`).on(table).columns(["model_id", "task_id"]).execute();
  }
}
