import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Which attempts were given to a worker that had no place for them yet. */
export async function givenAhead(db: AnyDatabase, { integer }: ColumnTypes): Promise<void> {
  await db.schema.alterTable("attempts").addColumn("ahead", integer).execute();
}
