import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** The servers that share the store, and which of them have which logs. */
export async function servers(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("servers")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("beats", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("log_places")
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("server_id", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("log_places_key", ["task_id", "server_id"])
    .execute();
}
