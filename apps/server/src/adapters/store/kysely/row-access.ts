import type { Schema, Value } from "./schema.ts";
import type { KeyedTable } from "./tables.ts";

/** A replacement of one row: it happens if the row still has the values that are expected of it. */
export interface RowChange<T extends KeyedTable> {
  readonly row: Schema[T];
  /** The same columns in every change of one call. */
  readonly expected: Partial<Schema[T]>;
}

/**
 * Rows by key, in lists: one round trip each on a server, a loop over one prepared statement on an embedded database.
 *
 * A row's key is the list of its key columns' values, in the order of the columns.
 */
export interface RowAccess {
  /** @throws UniqueError when a row's key, or what else must be unique, is taken */
  insert<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void>;
  /** Inserts, or replaces the row with the same key. */
  put<T extends KeyedTable>(table: T, rows: readonly Schema[T][]): Promise<void>;
  /** The rows that exist, in any order. */
  getMany<T extends KeyedTable>(table: T, keys: readonly (readonly Value[])[]): Promise<readonly Schema[T][]>;
  /**
   * Replaces all but the fixed columns of rows that are not final.
   *
   * @returns for each change whether it happened
   */
  replace<T extends KeyedTable>(table: T, changes: readonly RowChange<T>[]): Promise<readonly boolean[]>;
  /** Deletes the rows whose key is, or begins with, one of the given ones. */
  delete(table: KeyedTable, keys: readonly (readonly Value[])[]): Promise<void>;
}

/** Something that must be unique is taken. */
export class UniqueError extends Error {
  override readonly name = "UniqueError";
  /** Of the row, in the list that was to be inserted. */
  readonly index: number;
  readonly columns: readonly string[];

  constructor(index: number, columns: readonly string[]) {
    super(`unique: ${columns.join(", ")}`);
    this.index = index;
    this.columns = columns;
  }
}
