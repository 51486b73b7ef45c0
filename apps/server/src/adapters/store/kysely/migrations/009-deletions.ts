import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Tasks that somebody wants gone. */
export async function deletions(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("deletions")
    .addColumn("task_id", integer, (column) => column.primaryKey())
    .addColumn("approved", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
}
