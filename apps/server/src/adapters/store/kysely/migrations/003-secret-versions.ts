import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/**
 * Secrets with versions, each sealed so that its master key can be replaced. Values of before were bound to the key that
 * sealed them and cannot be taken over; no version that sealed them so was ever released.
 */
export async function secretVersions(db: AnyDatabase, { integer, text, bytes }: ColumnTypes): Promise<void> {
  await db.schema.dropTable("secrets").execute();
  await db.schema
    .createTable("secrets")
    .addColumn("key", text, (column) => column.primaryKey().notNull())
    .addColumn("id", text, (column) => column.notNull())
    .addColumn("version", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("secrets_id").unique().on("secrets").column("id").execute();
  await db.schema
    .createTable("secret_versions")
    .addColumn("secret_id", text, (column) => column.notNull())
    .addColumn("version", integer, (column) => column.notNull())
    .addColumn("key_id", text, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .addColumn("sealed", bytes)
    .addPrimaryKeyConstraint("secret_versions_key", ["secret_id", "version"])
    .execute();
  await db.schema.createIndex("secret_versions_key_id").on("secret_versions").column("key_id").execute();
  await db.schema
    .createTable("secret_reads")
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("attempt", integer, (column) => column.notNull())
    .addColumn("key", text, (column) => column.notNull())
    .addColumn("secret_id", text, (column) => column.notNull())
    .addColumn("version", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint("secret_reads_key", ["task_id", "attempt", "key"])
    .execute();
  await db.schema.createIndex("secret_reads_version").on("secret_reads").columns(["secret_id", "version"]).execute();
}
