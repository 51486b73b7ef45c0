import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** API tokens and browsers' sessions. */
export async function tokens(db: AnyDatabase, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("tokens")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("hash", text, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("tokens_hash").unique().on("tokens").column("hash").execute();
}
