import type { CompiledQuery, Kysely } from "kysely";
import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { ClaimAsk } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { entryRow } from "../kysely/entry-row.ts";
import { type RowChange, UniqueError } from "../kysely/row-access.ts";
import type { Schema, Value } from "../kysely/schema.ts";
import { finalValues, type KeyedTable } from "../kysely/tables.ts";
import type { UnitAccess } from "../kysely/unit-access.ts";
import { violatedColumns } from "./errors.ts";
import type { Queued, ReadyQueue } from "./ready-queue.ts";
import { deleteText, insertEntriesText, replaceText, tableText, valuesOf } from "./sqlite-rows.ts";
import type { Mark, WriterState } from "./writer-state.ts";

/** Journal entries in one statement: as many as there are of these sizes. */
const entriesAtOnce = [16, 2, 1];

/** One unit's access to the writer's connection. Its savepoint, where it is to have one, is made by the first write. */
export class SqliteUnit implements UnitAccess {
  readonly #state: WriterState;
  readonly #saves: boolean;
  readonly #mark: Mark;
  #over = false;
  #wrote = false;
  #failure: unknown;

  /** @param saves - whether what it writes can be taken back without the whole transaction */
  constructor(state: WriterState, saves: boolean) {
    this.#state = state;
    this.#saves = saves;
    this.#mark = state.mark();
  }

  get queue(): ReadyQueue {
    this.#check();
    return this.#state.queue;
  }

  get wrote(): boolean {
    return this.#wrote;
  }

  /** Why a statement of this unit failed: such a unit is not kept, whatever it answers. */
  get failure(): unknown {
    return this.#failure;
  }

  get db(): Kysely<Schema> {
    this.#check();
    return this.#state.db;
  }

  get queries() {
    return this.#state.queries;
  }

  /** Keeps what the unit did, as far as its group is kept; it can reach nothing any more. */
  keep(): void {
    this.#over = true;
    if (this.#wrote && this.#saves) this.#state.statements.run("release savepoint unit");
  }

  /**
   * Takes back what the unit did, unless the whole transaction is gone; it can reach nothing any more.
   *
   * @returns whether that took the whole transaction
   */
  rollback(): boolean {
    this.#over = true;
    this.#state.rollback(this.#mark);
    if (!this.#wrote || !this.#state.database.isTransaction) return false;
    if (!this.#saves) {
      this.#state.statements.run("rollback");
      return true;
    }
    this.#state.statements.run("rollback to savepoint unit");
    this.#state.statements.run("release savepoint unit");
    return false;
  }

  #check(): void {
    if (this.#over) throw new Error("this unit of work is over");
    if (this.#failure !== undefined) throw this.#failure;
  }

  async select<R>(query: CompiledQuery<R>, ...parameters: readonly Value[]): Promise<readonly R[]> {
    return this.#guard(() => this.#state.statements.all<R>(query.sql, parameters));
  }

  async insert<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void> {
    this.#write(() => {
      const { insert, valuesOf: values } = tableText(table);
      const statement = this.#state.statements.prepare(insert);
      let index = 0;
      try {
        for (; index < rows.length; index++) statement.run(...values(rows[index]!));
      } catch (error) {
        const violated = violatedColumns(error);
        throw violated === undefined ? error : new UniqueError(index, violated);
      }
    });
  }

  async put<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void> {
    this.#write(() => {
      const { put, valuesOf: values } = tableText(table);
      const statement = this.#state.statements.prepare(put);
      for (const row of rows) statement.run(...values(row));
    });
  }

  async getMany<T extends KeyedTable>(table: T, keys: readonly (readonly Value[])[]): Promise<readonly Schema[T][]> {
    return this.#guard(() => {
      const { get } = tableText(table);
      return keys.flatMap((key) => this.#state.statements.get<Schema[T]>(get, key) ?? []);
    });
  }

  async replace<T extends KeyedTable>(table: T, changes: readonly RowChange<T>[]): Promise<readonly boolean[]> {
    const [first] = changes;
    if (first === undefined) return [];
    return this.#write(() => {
      const { key, plain } = tableText(table);
      const expected = Object.keys(first.expected);
      const text = replaceText(table, expected);
      const final: readonly Value[] = Object.values(finalValues[table as KeyedTable] ?? {});
      return changes.map((change) => {
        const values = [
          ...valuesOf(change.row, plain),
          ...valuesOf(change.row, key),
          ...valuesOf(change.expected, expected),
          ...final,
        ];
        return this.#state.statements.run(text, values) > 0;
      });
    });
  }

  async delete(table: KeyedTable, keys: readonly (readonly Value[])[]): Promise<void> {
    this.#write(() => {
      for (const key of keys) this.#state.statements.run(deleteText(table, key.length), key);
    });
  }

  async nextTaskIds(count: number): Promise<readonly TaskId[]> {
    return this.#write(() => this.#state.takeTaskIds(count));
  }

  async append(entries: readonly NewEntry[]): Promise<Position> {
    return this.#write(() => {
      let from = 0;
      for (const size of entriesAtOnce) {
        for (; entries.length - from >= size; from += size) this.#appendSome(entries, from, size);
      }
      return this.#state.progress.position;
    });
  }

  #appendSome(entries: readonly NewEntry[], from: number, count: number): void {
    const values: Value[] = [];
    for (let index = from; index < from + count; index++) {
      const entry = entries[index]!;
      const row = entryRow(this.#state.place(entry), entry);
      values.push(row.position, row.entry);
    }
    this.#state.statements.run(insertEntriesText(count), values);
  }

  async position(): Promise<Position> {
    return this.#guard(() => this.#state.progress.position);
  }

  /** Takes the oldest queued tasks that fit out of the queue, for as long as the unit lasts. */
  takeQueued(ask: ClaimAsk): readonly Queued[] {
    return this.#guard(() => this.#state.queue.take(ask));
  }

  /**
   * Gives up the journal before a position, but for nothing that is still to come.
   *
   * @returns the oldest position that is kept
   */
  keepFrom(before: Position): Position {
    return this.#write(() => {
      const { position, oldest } = this.#state.progress;
      this.#state.setOldest(Math.max(oldest, Math.min(before, position + 1)));
      return this.#state.progress.oldest;
    });
  }

  /** Deletes entries before a position, at most so many; answers how many. */
  deleteEntries(before: Position, limit: number): number {
    return this.#write(() =>
      this.#state.statements.run(
        "delete from journal where position in (select position from journal where position < ? order by position limit ?)",
        [before, limit],
      ),
    );
  }

  /** Runs what changes the database. */
  #write<R>(act: () => R): R {
    return this.#guard(() => {
      this.#beforeWrite();
      return act();
    });
  }

  #beforeWrite(): void {
    if (this.#wrote) return;
    if (this.#saves) this.#state.statements.run("savepoint unit");
    this.#wrote = true;
  }

  /** Runs what reaches the database, and remembers its failure. */
  #guard<R>(act: () => R): R {
    this.#check();
    try {
      return act();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}
