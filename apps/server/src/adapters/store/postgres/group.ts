import pg from "pg";
import { RefusedError } from "#core/errors.ts";
import type { Entry, NewEntry, Position } from "#core/journal/entry.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { entryRow } from "../kysely/entry-row.ts";
import type { ProgressRow, Schema, Value } from "../kysely/schema.ts";
import type { KeyedTable } from "../kysely/tables.ts";
import { type Rows, runStatement } from "./connection.ts";
import { channel, writerLock } from "./locks.ts";
import { allColumns, type RowTexts } from "./row-texts.ts";
import { arraysOf, type UnitTransaction, uniqueError } from "./unit.ts";

/** TaskQueue's ids have 32 bits. */
const lastTaskId = 2 ** 32 - 1;

/**
 * How the units of a group are kept apart: `merged` ones have savepoints, and their inserts wait, so that what is taken is
 * found too late for the unit that asked; `careful` ones insert at once; one that is `alone` needs no savepoint either.
 */
export type GroupMode = "merged" | "careful" | "alone";

/** Rows that are still to be inserted, by table. */
type Pending = Map<KeyedTable, object[]>;

/**
 * A transaction that holds the right to write, and the units in it.
 *
 * Whoever writes holds one lock of the database from its begin to its commit. So units of all servers happen one after
 * another, as the core expects, positions are given out in the order of commits, and nothing ever has to be tried again
 * because of others. What makes up for it is that a group has few round trips: inserts and journal entries of all its
 * units go together, at the end or when somebody reads the table.
 */
export class Group implements UnitTransaction {
  readonly #client: pg.Client;
  readonly #texts: RowTexts;
  readonly #mode: GroupMode;
  #progress: ProgressRow;
  #entries: Entry[] = [];
  /** Of units that are kept. */
  #pending: Pending = new Map();
  #own: Pending = new Map();
  #unit: UnitMark;
  #hasSavepoint = false;
  #wrote = false;
  #failure: unknown;

  private constructor(client: pg.Client, texts: RowTexts, mode: GroupMode, progress: ProgressRow) {
    this.#client = client;
    this.#texts = texts;
    this.#mode = mode;
    this.#progress = progress;
    this.#unit = this.#mark();
  }

  /** Waits for the right to write. */
  static async begin(client: pg.Client, texts: RowTexts, mode: GroupMode): Promise<Group> {
    // One message, three statements; the last one sees all that was committed before the lock was had.
    const answers: unknown = await client.query(
      `begin; select pg_advisory_xact_lock(${writerLock}); select * from progress`,
    );
    const [progress] = (answers as pg.QueryResult<ProgressRow>[]).at(-1)?.rows ?? [];
    if (progress === undefined) throw new Error("the table of progress is empty");
    return new Group(client, texts, mode, progress);
  }

  /** Of the newest entry. */
  get position(): Position {
    return this.#progress.position;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Set when the whole transaction is lost, and not by the unit that runs. */
  get failure(): unknown {
    return this.#failure;
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  /** The unit that runs has asked for a change. */
  get unitWrote(): boolean {
    return this.#unit.wrote;
  }

  beginUnit(): void {
    this.#unit = this.#mark();
    this.#own = new Map();
  }

  keepUnit(): void {
    this.#wrote ||= this.#unit.wrote;
    for (const [table, rows] of this.#own) rowsOf(this.#pending, table).push(...rows);
    this.#own = new Map();
  }

  /**
   * Takes back what the unit did.
   *
   * @returns false when that is not possible: the whole transaction is lost
   */
  async dropUnit(failed: boolean): Promise<boolean> {
    const { progress, entries, saved, changed } = this.#unit;
    this.#progress = { ...progress };
    this.#entries.length = entries;
    this.#own = new Map();
    if (saved) await this.#client.query("rollback to savepoint unit");
    return saved || !(failed || changed);
  }

  async read<R>(text: string, values: readonly (Value | readonly Value[])[], prepared = false): Promise<Rows<R>> {
    await this.#flush();
    return runStatement<R>(this.#client, text, values, prepared);
  }

  async write<R>(text: string, values: readonly (Value | readonly Value[])[], prepared = false): Promise<Rows<R>> {
    await this.#save();
    await this.#flushOwn();
    return runStatement<R>(this.#client, text, values, prepared);
  }

  async insert<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void> {
    this.#unit.wrote = true;
    rowsOf(this.#own, table).push(...rows);
    if (this.#mode !== "merged") await this.#flush();
  }

  async takeTaskIds(count: number): Promise<readonly TaskId[]> {
    this.#unit.wrote = true;
    const first = this.#progress.task_id + 1;
    if (first + count - 1 > lastTaskId) throw new RefusedError("exhausted", "All task ids have been given out.");
    this.#progress.task_id += count;
    return Array.from({ length: count }, (_, index) => first + index);
  }

  async append(entries: readonly NewEntry[]): Promise<Position> {
    this.#unit.wrote = true;
    for (const entry of entries) {
      this.#progress.position += 1;
      this.#entries.push({ ...entry, position: this.#progress.position });
    }
    return this.#progress.position;
  }

  /** Oldest position that is kept from now on; for nothing that is still to come. */
  keepFrom(before: Position): Position {
    this.#unit.wrote = true;
    const { position, oldest } = this.#progress;
    this.#progress.oldest = Math.max(oldest, Math.min(before, position + 1));
    return this.#progress.oldest;
  }

  /** Inserts what waits still; what remains is the commit. */
  async finish(): Promise<void> {
    await this.#flushKept();
  }

  /** Writes the journal and commits, in one message. */
  async commit(): Promise<void> {
    await this.#client.query(this.#wrote ? `${this.#journalText()}; commit` : "commit");
  }

  #journalText(): string {
    const { commits, task_id, position, oldest } = this.#progress;
    const progress = `update progress
      set commits = ${commits + 1}, task_id = ${task_id}, position = ${position}, oldest = ${oldest}`;
    const rows = this.#entries.map(({ position: place, ...entry }) => {
      const row = entryRow(place, entry);
      return `(${row.position}, ${pg.escapeLiteral(row.entry)})`;
    });
    if (rows.length === 0) return progress;
    return `${progress}; insert into journal (position, entry) values ${rows}; notify ${channel}, '${position}'`;
  }

  async rollback(): Promise<void> {
    await this.#client.query("rollback");
  }

  #mark(): UnitMark {
    const { length: entries } = this.#entries;
    return { progress: { ...this.#progress }, entries, saved: false, wrote: false, changed: false };
  }

  /** What the unit changes from here on can be taken back alone. */
  async #save(): Promise<void> {
    this.#unit.wrote = true;
    this.#unit.changed = true;
    if (this.#unit.saved || this.#mode === "alone") return;
    await this.#flushKept();
    await this.#client.query(this.#hasSavepoint ? "release savepoint unit; savepoint unit" : "savepoint unit");
    this.#hasSavepoint = true;
    this.#unit.saved = true;
  }

  /** Inserts what waits, so that it is read. */
  async #flush(): Promise<void> {
    if (this.#own.size > 0) {
      await this.#save();
      await this.#flushOwn();
    } else {
      await this.#flushKept();
    }
  }

  async #flushOwn(): Promise<void> {
    const own = this.#own;
    this.#own = new Map();
    for (const [table, rows] of own) await this.#insert(table, rows);
  }

  /** What fails here is the fault of units that are over: all must be run again. */
  async #flushKept(): Promise<void> {
    const pending = this.#pending;
    this.#pending = new Map();
    try {
      for (const [table, rows] of pending) await this.#insert(table, rows);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async #insert(table: KeyedTable, rows: readonly object[]): Promise<void> {
    try {
      await runStatement(this.#client, this.#texts.insert(table), arraysOf(rows, allColumns(table)), true);
    } catch (error) {
      throw uniqueError(error, rows);
    }
  }
}

interface UnitMark {
  readonly progress: ProgressRow;
  readonly entries: number;
  /** There is a savepoint to go back to. */
  saved: boolean;
  /** It has asked for a change. */
  wrote: boolean;
  /** The database has changed. */
  changed: boolean;
}

function rowsOf(pending: Pending, table: KeyedTable): object[] {
  const known = pending.get(table);
  if (known !== undefined) return known;
  const rows: object[] = [];
  pending.set(table, rows);
  return rows;
}
