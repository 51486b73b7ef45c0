import type { CompiledQuery, Kysely } from "kysely";
import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { Queries } from "../kysely/queries.ts";
import { type RowChange, UniqueError } from "../kysely/row-access.ts";
import type { Schema, Value } from "../kysely/schema.ts";
import { columnsOf, finalValues, type KeyedTable } from "../kysely/tables.ts";
import type { UnitAccess } from "../kysely/unit-access.ts";
import type { Rows } from "./connection.ts";
import { kyselyOver } from "./dialect.ts";
import { violation } from "./errors.ts";
import { allColumns, type RowTexts } from "./row-texts.ts";

/** What the units of a store share. */
export interface UnitTools {
  readonly texts: RowTexts;
  readonly queries: Queries;
}

/** The transaction that a unit is part of. */
export interface UnitTransaction {
  /** Runs a statement that reads. */
  read<R>(text: string, values: readonly (Value | readonly Value[])[], prepared?: boolean): Promise<Rows<R>>;
  /** Runs a statement that changes something. */
  write<R>(text: string, values: readonly (Value | readonly Value[])[], prepared?: boolean): Promise<Rows<R>>;
  /** Inserts rows, at the end of the transaction at the latest. */
  insert<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void>;
  takeTaskIds(count: number): Promise<readonly TaskId[]>;
  append(entries: readonly NewEntry[]): Promise<Position>;
  /** Of the newest entry. */
  readonly position: Position;
}

const stray = "a unit of work awaited something that is not its transaction";

/** One unit's access to the database: one statement at a time, and nothing when it is over. */
export class PostgresUnit implements UnitAccess {
  readonly #transaction: UnitTransaction;
  readonly #tools: UnitTools;
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;
  #over = false;
  #failure: unknown;
  #onStray: ((error: Error) => void) | undefined;
  #db: Kysely<Schema> | undefined;

  constructor(transaction: UnitTransaction, tools: UnitTools) {
    this.#transaction = transaction;
    this.#tools = tools;
  }

  get queries(): Queries {
    return this.#tools.queries;
  }

  get db(): Kysely<Schema> {
    this.#check();
    this.#db ??= kyselyOver((query, values) => {
      const writes = /^(Insert|Update|Delete)/.test(query.query.kind);
      const { read, write } = this.#transaction;
      return this.#run(
        () => (writes ? write : read).call(this.#transaction, query.sql, values) as Promise<Rows<unknown>>,
      );
    });
    return this.#db;
  }

  /** Why a statement of this unit failed: such a unit is not kept, whatever it answers. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Calls back when the unit waits although nothing of it is under way: it awaits something else. */
  watch(onStray: (error: Error) => void): void {
    this.#onStray = onStray;
    this.#look();
  }

  /** It can reach nothing any more. Resolves when nothing of it is under way. */
  async end(): Promise<void> {
    this.#over = true;
    await this.#last;
  }

  async select<R>(query: CompiledQuery<R>, ...parameters: readonly Value[]): Promise<readonly R[]> {
    // The compiled query may hold values of its own, where the text has none to be given.
    const { rows } = await this.#run(() => this.#transaction.read<R>(query.sql, parameters, true));
    return rows;
  }

  async insert<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void> {
    if (rows.length === 0) return;
    await this.#run(() => this.#transaction.insert(table, rows));
  }

  async put<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void> {
    if (rows.length === 0) return;
    const last = new Map(rows.map((row) => [keyOf(table, row), row]));
    await this.#write(this.#tools.texts.put(table), arraysOf([...last.values()], allColumns(table)));
  }

  async getMany<T extends KeyedTable>(table: T, keys: readonly (readonly Value[])[]): Promise<readonly Schema[T][]> {
    const [first] = keys;
    if (first === undefined) return [];
    const arrays = first.map((_, index) => keys.map((key) => key[index]!));
    const { rows } = await this.#run(() =>
      this.#transaction.read<Schema[T]>(this.#tools.texts.get(table), arrays, true),
    );
    return rows;
  }

  async replace<T extends KeyedTable>(table: T, changes: readonly RowChange<T>[]): Promise<readonly boolean[]> {
    const replaced = changes.map(() => false);
    // A statement changes a row once: further changes of it come in further rounds, and see what the first did.
    for (const round of roundsOf(table, changes)) {
      const expected = Object.keys(round[0]!.change.expected);
      const values = [
        ...arraysOf(
          round.map(({ change }) => change.row),
          [...columnsOf(table, "key"), ...columnsOf(table, "plain")],
        ),
        ...arraysOf(
          round.map(({ change }) => change.expected),
          expected,
        ),
        ...Object.values<Value>(finalValues[table as KeyedTable] ?? {}),
      ];
      const { rows } = await this.#write<{ place: number }>(this.#tools.texts.replace(table, expected), values);
      for (const { place } of rows) replaced[round[place - 1]!.index] = true;
    }
    return replaced;
  }

  async delete(table: KeyedTable, keys: readonly (readonly Value[])[]): Promise<void> {
    const [first] = keys;
    if (first === undefined) return;
    const arrays = first.map((_, index) => keys.map((key) => key[index]!));
    await this.#write(this.#tools.texts.delete(table, first.length), arrays);
  }

  nextTaskIds(count: number): Promise<readonly TaskId[]> {
    return this.#run(() => this.#transaction.takeTaskIds(count));
  }

  append(entries: readonly NewEntry[]): Promise<Position> {
    return this.#run(() => this.#transaction.append(entries));
  }

  position(): Promise<Position> {
    return this.#run(async () => this.#transaction.position);
  }

  /** Runs a statement of the technology's own that reads. */
  read<R>(text: string, values: readonly (Value | readonly Value[])[]): Promise<Rows<R>> {
    return this.#run(() => this.#transaction.read<R>(text, values, true));
  }

  /** Runs a statement of the technology's own that takes locks or changes something. */
  write<R>(text: string, values: readonly (Value | readonly Value[])[]): Promise<Rows<R>> {
    return this.#write<R>(text, values);
  }

  #write<R>(text: string, values: readonly (Value | readonly Value[])[]): Promise<Rows<R>> {
    return this.#run(() => this.#transaction.write<R>(text, values, true));
  }

  #check(): void {
    if (this.#over) throw new Error("this unit of work is over");
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Does what the unit asks, after what it asked before, and remembers the failure. */
  async #run<R>(act: () => Promise<R>): Promise<R> {
    this.#check();
    this.#asked += 1;
    const before = this.#last;
    const done = before.then(async () => {
      this.#check();
      try {
        return await act();
      } catch (error) {
        this.#failure = error;
        throw error;
      }
    });
    this.#last = done.catch(() => {});
    try {
      return await done;
    } finally {
      this.#asked -= 1;
      this.#look();
    }
  }

  /**
   * A unit goes on in microtasks when what it asked for is done. When all of these have run, which is when a tick asked
   * for by one of them comes, and it has neither asked for more nor ended, it awaits something else.
   */
  #look(): void {
    if (this.#asked > 0 || this.#onStray === undefined) return;
    queueMicrotask(() =>
      process.nextTick(() => {
        if (this.#asked === 0 && !this.#over) this.#onStray?.(new Error(stray));
      }),
    );
  }
}

/** A column of each row, for each of the columns. */
export function arraysOf(rows: readonly object[], columns: readonly string[]): Value[][] {
  const all = rows as readonly Readonly<Record<string, Value>>[];
  return columns.map((column) => all.map((row) => row[column] ?? null));
}

function keyOf(table: KeyedTable, row: object): string {
  const values = row as Readonly<Record<string, Value>>;
  return JSON.stringify(columnsOf(table, "key").map((column) => values[column]));
}

interface PlacedChange<T extends KeyedTable> {
  readonly index: number;
  readonly change: RowChange<T>;
}

function roundsOf<T extends KeyedTable>(table: T, changes: readonly RowChange<T>[]): PlacedChange<T>[][] {
  const rounds: PlacedChange<T>[][] = [];
  const seen = new Map<string, number>();
  for (const [index, change] of changes.entries()) {
    const key = keyOf(table, change.row);
    const round = seen.get(key) ?? 0;
    seen.set(key, round + 1);
    rounds[round] ??= [];
    rounds[round].push({ index, change });
  }
  return rounds;
}

/** The error for a row that could not be inserted because something of it is taken. */
export function uniqueError(error: unknown, rows: readonly object[]): unknown {
  const taken = violation(error);
  if (taken === undefined) return error;
  const texts = arraysOf(rows, taken.columns);
  const index = rows.findLastIndex((_, row) => texts.map((column) => column[row]).join(", ") === taken.values);
  return new UniqueError(Math.max(0, index), taken.columns);
}
