import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Dialect } from "#core/tasks/task.ts";
import type { ReadyQueue } from "./ready-queue.ts";

type Row = [id: number, at: number, dialect: Dialect, demand: string];

/** Tasks read at once, in a few milliseconds. */
const usualSlice = 5_000;

/**
 * Fills the queue from the table after a start, oldest first, slice by slice, so that a long queue delays neither the
 * start nor the loop. Must not run within a transaction: what it reads has to last.
 */
export class QueueLoader {
  readonly #statement: StatementSync;
  readonly #queue: ReadyQueue;
  readonly #slice: number;
  #last: Row | undefined = [0, Number.MIN_SAFE_INTEGER, "tributary", ""];

  constructor(database: DatabaseSync, queue: ReadyQueue, slice = usualSlice) {
    // The index has all that is read; the planner might prefer that of the states.
    this.#statement = database.prepare(`
      select id, queued_at, dialect, demand from tasks indexed by tasks_queued
      where state = 'queued' and (queued_at, id) > (?, ?) order by queued_at, id limit ?`);
    this.#statement.setReturnArrays(true);
    this.#queue = queue;
    this.#slice = slice;
  }

  /** Reads a slice; answers whether there may be more. */
  load(): boolean {
    if (this.#last === undefined) return false;
    const rows = arraysOf(this.#statement.all(this.#last[1], this.#last[0], this.#slice));
    for (const [id, at, dialect, demand] of rows) this.#queue.load({ id, at, dialect, demand });
    this.#last = rows.length === this.#slice ? rows.at(-1)! : undefined;
    this.#queue.loadedTo = this.#last && { at: this.#last[1], id: this.#last[0] };
    return this.#last !== undefined;
  }
}

/** Rows come as arrays when they are asked for so; the types do not tell. */
function arraysOf(rows: unknown): Row[] {
  return rows as Row[];
}
