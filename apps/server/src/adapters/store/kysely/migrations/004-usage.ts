import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** What attempts took of their machine: in all, and over time. */
export async function usage(db: AnyDatabase, { integer, text, clustered }: ColumnTypes): Promise<void> {
  for (const column of ["cpu_ms", "peak_memory", "peak_disk"]) {
    await db.schema.alterTable("attempts").addColumn(column, integer).execute();
  }
  const table = db.schema
    .createTable("attempt_usage")
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("number", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .addPrimaryKeyConstraint("attempt_usage_key", ["task_id", "number"]);
  await (clustered ? table.modifyEnd(clustered) : table).execute();
}
