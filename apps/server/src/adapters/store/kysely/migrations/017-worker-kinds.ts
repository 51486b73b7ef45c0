import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** A row of the tables of before. */
interface FormerWorker {
  readonly id: string;
  readonly name: string;
  readonly body: string;
}

/** Workers with numbers, told apart by what they speak; those that are known are numbered in the order in which they came. */
export async function workerKinds(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  const former = (await db.selectFrom("workers").select(["id", "name", "body"]).execute()) as FormerWorker[];
  await db.schema.dropTable("workers").execute();
  await db.schema
    .createTable("workers")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("number", integer, (column) => column.notNull())
    .addColumn("kind", text, (column) => column.notNull())
    .addColumn("takes", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("workers_number").unique().on("workers").column("number").execute();
  await db.schema.createIndex("workers_takers").on("workers").columns(["kind", "takes"]).execute();
  const inOrder = former.map(({ body }) => JSON.parse(body)).sort((a, b) => a.registeredAt - b.registeredAt);
  for (const [index, worker] of inOrder.entries()) {
    const body = { ...worker, number: index + 1, kind: "tributary", draining: false, prefetch: 0 };
    await db
      .insertInto("workers")
      .values({
        id: worker.id,
        name: worker.name,
        number: index + 1,
        kind: "tributary",
        takes: worker.online ? 1 : 0,
        body: JSON.stringify(body),
      })
      .execute();
  }
  await db
    .insertInto("settings")
    .values({ name: "last-worker-number", value: String(inOrder.length) })
    .execute();
}
