import { sql } from "kysely";
import type { QueuedKinds, QueuedKindsAsk } from "#core/tasks/queued-kind.ts";
import type { Dialect } from "#core/tasks/task.ts";
import { queuedKinds } from "../queued-kinds.ts";
import { demandOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

interface Kind {
  readonly dialect: Dialect;
  readonly demand: string;
}

/** Each kind is counted so far as the limit lets; in PostgreSQL's words, as an embedded store asks its queue. */
export async function listQueuedKinds(
  { db, position }: Snapshot,
  { limit, counted }: QueuedKindsAsk,
): Promise<QueuedKinds> {
  const { rows: found } = await sql<Kind>`
    with recursive ${sql.raw(queuedKinds)}
    select dialect, demand from kinds limit ${limit + 1}`.execute(db);
  const some = found.slice(0, limit);
  const most = Math.ceil(counted / Math.max(1, some.length));
  const { rows } = await sql<Kind & { readonly count: number | string; readonly id: number }>`
    select kind.dialect, kind.demand, counted.count, head.id
    from unnest(${some.map(({ dialect }) => dialect)}::text[], ${some.map(({ demand }) => demand)}::text[])
      as kind (dialect, demand)
    cross join lateral (select count(*) as count from (
      select 1 from tasks where state = 'queued' and tasks.dialect = kind.dialect and tasks.demand = kind.demand
      limit ${most + 1}) as entries) as counted
    cross join lateral (
      select id from tasks where state = 'queued' and tasks.dialect = kind.dialect and tasks.demand = kind.demand
      order by queued_at, id limit 1) as head
    order by counted.count desc, head.id`.execute(db);
  const kinds = rows.map(({ dialect, demand, count, id }) => {
    const more = Number(count) > most;
    return { dialect, demand: demandOf(demand), count: more ? most : Number(count), more, firstTaskId: id };
  });
  return { kinds, more: found.length > limit, position };
}
