import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** The Python that attempts were given. */
export async function preparedEnvironments(db: AnyDatabase, { text }: ColumnTypes): Promise<void> {
  await db.schema.alterTable("attempts").addColumn("environment", text).execute();
}
