import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import { RefusedError } from "#core/errors.ts";
import type { Entry, NewEntry, Position } from "#core/journal/entry.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { Queries } from "../kysely/queries.ts";
import type { ProgressRow, Schema } from "../kysely/schema.ts";
import type { ReadyQueue } from "./ready-queue.ts";
import type { Statements } from "./statements.ts";

/** TaskQueue's ids have 32 bits. */
const lastTaskId = 2 ** 32 - 1;

/** What the writer has beside its connection; changed by units, and taken back with them. */
export class WriterState {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly db: Kysely<Schema>;
  readonly queries: Queries;
  readonly queue: ReadyQueue;
  #progress: ProgressRow;
  #entries: Entry[] = [];

  constructor(
    connection: Pick<WriterState, "database" | "statements" | "db" | "queries" | "queue">,
    progress: ProgressRow,
  ) {
    this.database = connection.database;
    this.statements = connection.statements;
    this.db = connection.db;
    this.queries = connection.queries;
    this.queue = connection.queue;
    this.#progress = { ...progress };
  }

  get progress(): Readonly<ProgressRow> {
    return this.#progress;
  }

  /** Oldest position that is kept from now on. */
  setOldest(oldest: Position): void {
    this.#progress.oldest = oldest;
  }

  takeTaskIds(count: number): TaskId[] {
    const first = this.#progress.task_id + 1;
    if (first + count - 1 > lastTaskId) throw new RefusedError("exhausted", "All task ids have been given out.");
    this.#progress.task_id += count;
    return Array.from({ length: count }, (_, index) => first + index);
  }

  /** Gives an entry its place. */
  place(entry: NewEntry): Position {
    this.#progress.position += 1;
    this.#entries.push({ ...entry, position: this.#progress.position });
    return this.#progress.position;
  }

  mark(): Mark {
    return { progress: { ...this.#progress }, entries: this.#entries.length, queue: this.queue.mark() };
  }

  rollback({ progress, entries, queue }: Mark): void {
    this.#progress = { ...progress };
    this.#entries.length = entries;
    this.queue.rollback(queue);
  }

  /** Writes the progress row, as the last thing before the commit. */
  writeProgress(): void {
    this.#progress.commits += 1;
    const { commits, task_id, position, oldest } = this.#progress;
    this.statements.run("update progress set commits = ?, task_id = ?, position = ?, oldest = ?", [
      commits,
      task_id,
      position,
      oldest,
    ]);
  }

  /** The transaction is committed; answers its entries. */
  keep(): readonly Entry[] {
    this.queue.keep();
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }
}

/** Where to go back to. */
export interface Mark {
  readonly progress: Readonly<ProgressRow>;
  readonly entries: number;
  readonly queue: number;
}
