import { sql } from "kysely";
import type { View } from "#core/ports/view.ts";
import { entryOf } from "../entry-row.ts";
import { isUnused } from "../object-references.ts";
import type { Snapshot } from "./snapshot.ts";

type Answer<K extends keyof View> = Awaited<ReturnType<View[K]>>;
type Asked<K extends keyof View> = Parameters<View[K]>[0];

export async function listUnusedObjects(
  { db }: Snapshot,
  { after, keptBefore, looked }: Asked<"listUnusedObjects">,
): Promise<Answer<"listUnusedObjects">> {
  const page = db.selectFrom("objects").selectAll().where("hash", ">", after).orderBy("hash").limit(looked);
  const rows = await db
    .selectFrom(page.as("page"))
    .select([
      "hash",
      "kept_at",
      sql<number>`case when ${isUnused(sql.ref("page.hash"))} then 1 else 0 end`.as("unused"),
    ])
    .orderBy("hash")
    .execute();
  const last = rows.at(-1);
  return {
    hashes: rows.flatMap(({ hash, kept_at, unused }) => (unused === 1 && kept_at < keptBefore ? [hash] : [])),
    ...(rows.length === looked && last && { next: last.hash }),
  };
}

export async function listEnded(
  { db }: Snapshot,
  { endedBefore, keep, limit }: Asked<"listEnded">,
): Promise<Answer<"listEnded">> {
  // What a data set is made of stays as long as the data set.
  const producers = db.selectFrom("data_sets").select("producer_id").where("producer_id", "is not", null);
  // So does what a task waits for, or has still to fetch.
  const needed = db
    .selectFrom("dependencies")
    .innerJoin("tasks as dependent", "dependent.id", "dependencies.task_id")
    .where("dependent.ended_at", "is", null)
    .select("dependencies.on_task_id");
  const ended = db
    .selectFrom("tasks")
    .where("ended_at", "is not", null)
    .where("id", "not in", producers)
    .where("id", "not in", needed);
  const { count } = await ended.select(({ fn }) => fn.countAll<number>().as("count")).executeTakeFirstOrThrow();
  const tooMany = Math.max(0, Number(count) - keep);
  const oldest = await ended.select(["id", "ended_at"]).orderBy("ended_at").orderBy("id").limit(limit).execute();
  return oldest.filter(({ ended_at }, index) => index < tooMany || Number(ended_at) < endedBefore).map(({ id }) => id);
}

/** By halves: positions have no gaps, and times grow with them as far as the clock was not set back. */
export async function positionAt(snapshot: Snapshot, at: Asked<"positionAt">): Promise<Answer<"positionAt">> {
  const { db, position } = snapshot;
  const { oldest } = await db.selectFrom("progress").select("oldest").executeTakeFirstOrThrow();
  let first = Number(oldest);
  let behind = position + 1;
  while (first < behind) {
    const middle = Math.floor((first + behind) / 2);
    const entry = await entryAt(snapshot, middle);
    if (entry !== undefined && entry.at < at) first = middle + 1;
    else behind = middle;
  }
  return { oldest: Number(oldest), position: first };
}

async function entryAt({ db }: Snapshot, position: number) {
  const row = await db.selectFrom("journal").selectAll().where("position", "=", position).executeTakeFirst();
  return row && entryOf(row);
}

export async function countStorage(snapshot: Snapshot): Promise<Answer<"countStorage">> {
  const { db, position } = snapshot;
  const tasks = await db
    .selectFrom("tasks")
    .select(({ fn }) => [fn.countAll<number>().as("count"), fn.min<number | null>("created_at").as("oldest")])
    .executeTakeFirstOrThrow();
  const objects = await db
    .selectFrom("objects")
    .select(({ fn }) => [fn.countAll<number>().as("count"), fn.sum<number | null>("size").as("bytes")])
    .executeTakeFirstOrThrow();
  const { oldest } = await db.selectFrom("progress").select("oldest").executeTakeFirstOrThrow();
  const firstEntry = await entryAt(snapshot, Number(oldest));
  return {
    tasks: { count: Number(tasks.count), ...(tasks.oldest !== null && { oldestAt: Number(tasks.oldest) }) },
    journal: {
      count: Math.max(0, position + 1 - Number(oldest)),
      ...(firstEntry && { oldestAt: firstEntry.at }),
    },
    objects: { count: Number(objects.count), bytes: Number(objects.bytes ?? 0) },
  };
}
