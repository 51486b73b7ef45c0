import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** What the job Agent runs, and the files that its jobs name. */
export async function jobs(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("jobs")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("task_id", integer)
    .addColumn("staging", integer, (column) => column.notNull())
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("jobs_task").on("jobs").column("task_id").execute();
  await db.schema.createIndex("jobs_staging").on("jobs").columns(["staging", "created_at"]).execute();
  await db.schema
    .createTable("job_files")
    .addColumn("job_id", text, (column) => column.notNull())
    .addColumn("file_id", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("job_id_file_id_key", ["job_id", "file_id"])
    .execute();
  await db.schema.createIndex("job_files_file").on("job_files").columns(["file_id", "job_id"]).execute();
  await db.schema
    .createTable("staged_files")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("hash", text, (column) => column.notNull())
    .addColumn("size", integer, (column) => column.notNull())
    .addColumn("staged_at", integer, (column) => column.notNull())
    .addColumn("used_at", integer, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("staged_files_hash").on("staged_files").column("hash").execute();
  await db.schema.createIndex("staged_files_used").on("staged_files").columns(["used_at", "id"]).execute();
}
