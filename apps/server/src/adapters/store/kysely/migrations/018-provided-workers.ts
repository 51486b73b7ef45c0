import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Workers that the server has got from providers. */
export async function providedWorkers(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("provided_workers")
    .addColumn("worker_id", text, (column) => column.primaryKey().notNull())
    .addColumn("ended_at", integer)
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("provided_workers_ended").on("provided_workers").column("ended_at").execute();
}
