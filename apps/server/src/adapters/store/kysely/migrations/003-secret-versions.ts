import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** A row of the first tables. */
interface FormerSecret {
  readonly key: string;
  readonly body: string;
  readonly sealed: Uint8Array;
}

/** Secrets with versions, each sealed so that its master key can be replaced. */
export async function secretVersions(db: AnyDatabase, types: ColumnTypes): Promise<void> {
  const former = (await db.selectFrom("secrets").selectAll().execute()) as FormerSecret[];
  await db.schema.dropTable("secrets").execute();
  await createTables(db, types);
  for (const secret of former) await takeOver(db, secret);
}

/**
 * A secret of before, with the one value it has. What that is sealed for is told by the id: `former/` and the key, which
 * the vault knows how to read.
 */
async function takeOver(db: AnyDatabase, { key, body, sealed }: FormerSecret): Promise<void> {
  const { version, createdAt, updatedAt, updatedBy, ...reads } = JSON.parse(body);
  const id = `former/${key}`;
  const keyId = Buffer.from(sealed.subarray(1, 9)).toString("hex");
  const secret = { ...reads, id, key, version, createdAt, createdBy: updatedBy, updatedAt, updatedBy };
  const value = { secretId: id, version, createdAt: updatedAt, createdBy: updatedBy, keyId };
  await db
    .insertInto("secrets")
    .values({ key, id, version, body: JSON.stringify(secret) })
    .execute();
  await db
    .insertInto("secret_versions")
    .values({ secret_id: id, version, key_id: keyId, body: JSON.stringify(value), sealed })
    .execute();
}

async function createTables(db: AnyDatabase, { integer, text, bytes }: ColumnTypes): Promise<void> {
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
