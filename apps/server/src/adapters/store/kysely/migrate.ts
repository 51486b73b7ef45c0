import type { Kysely } from "kysely";
import { RefusedError } from "#core/errors.ts";
import { migrations as allMigrations } from "./migrations/index.ts";
import type { ColumnTypes, Migration } from "./migrations/migration.ts";
import type { Schema } from "./schema.ts";

/**
 * Brings the tables to the newest version, one transaction a step; there is no way back.
 *
 * @param place - what holds the tables, for messages
 * @throws RefusedError `unavailable` when a newer version of the server has already been there
 */
export async function migrate(
  db: Kysely<Schema>,
  types: ColumnTypes,
  place: string,
  migrations: readonly Migration[] = allMigrations,
): Promise<void> {
  await db.schema
    .createTable("migrations")
    .ifNotExists()
    .addColumn("number", types.integer, (column) => column.primaryKey())
    .addColumn("name", types.text, (column) => column.notNull())
    .execute();
  const { version } = await db
    .selectFrom("migrations")
    .select(({ fn }) => fn.max("number").as("version"))
    .executeTakeFirstOrThrow();
  const newest = migrations.at(-1)?.number ?? 0;
  if ((version ?? 0) > newest) {
    throw new RefusedError(
      "unavailable",
      `${place} was written by a newer version of the server (tables ${version}, this version knows up to ` +
        `${newest}). Start that version or a later one, or use another data folder.`,
    );
  }
  for (const { number, name, up } of migrations) {
    if (number > (version ?? 0)) {
      await db.transaction().execute(async (transaction) => {
        await up(transaction, types);
        await transaction.insertInto("migrations").values({ number, name }).execute();
      });
    }
  }
}
