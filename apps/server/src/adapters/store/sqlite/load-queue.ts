import type { DatabaseSync } from "node:sqlite";
import type { Dialect } from "#core/tasks/task.ts";
import { ReadyQueue } from "./ready-queue.ts";

type Row = [id: number, at: number, dialect: Dialect, demand: string];

/** Rows read at once: enough that calls cost little, few enough that memory stays small. */
const chunk = 5_000;

/** Makes the queue from an index of the table, in the order of the queue, which is the fastest to add in. */
export function loadQueue(database: DatabaseSync): ReadyQueue {
  const queue = new ReadyQueue();
  const statement = database.prepare(`
    select id, queued_at, dialect, demand from tasks
    where state = 'queued' and (queued_at, id) > (?, ?) order by queued_at, id limit ${chunk}`);
  statement.setReturnArrays(true);
  let last: Row | undefined;
  do {
    const rows = arraysOf(statement.all(last?.[1] ?? -1, last?.[0] ?? 0));
    for (const [id, at, dialect, demand] of rows) queue.load({ id, at, dialect, demand });
    last = rows.length === chunk ? rows.at(-1) : undefined;
  } while (last !== undefined);
  return queue;
}

/** Rows come as arrays when they are asked for so; the types do not tell. */
function arraysOf(rows: unknown): Row[] {
  return rows as Row[];
}
