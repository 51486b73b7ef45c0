import { sql } from "kysely";
import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/**
 * The objects that there are, so that those nothing refers to can be found. Those that are referred to already are known
 * from the start.
 */
export async function objects(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("objects")
    .addColumn("hash", text, (column) => column.primaryKey().notNull())
    .addColumn("size", integer, (column) => column.notNull())
    .addColumn("kept_at", integer, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("artifacts_hash").on("artifacts").column("hash").execute();
  await db.schema.createIndex("project_files_hash").on("project_files").column("hash").execute();
  await sql`
    insert into objects (hash, size, kept_at)
    select hash, max(size), 0
    from (select hash, size from artifacts union all select hash, size from project_files) as referred
    group by hash`.execute(db);
}
