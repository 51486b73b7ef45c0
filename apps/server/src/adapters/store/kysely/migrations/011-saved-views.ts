import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Filters of lists under names. */
export async function savedViews(db: AnyDatabase, { text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("saved_views")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
}
