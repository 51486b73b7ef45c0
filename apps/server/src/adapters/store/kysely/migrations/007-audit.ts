import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Who changed what. */
export async function audit(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("audit_events")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("at", integer, (column) => column.notNull())
    .addColumn("principal", text, (column) => column.notNull())
    .addColumn("rpc", text, (column) => column.notNull())
    .addColumn("outcome", text, (column) => column.notNull())
    .addColumn("search", text, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("audit_principal").on("audit_events").columns(["principal", "id"]).execute();
}
