/** Files that hold a table. */
export type TableFormat = "csv" | "parquet";

/** The bytes of a file, any of them at any time. */
export interface FileBytes {
  readonly size: number;
  /** From a byte on, none at or after `to`. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where a row begins. */
export interface RowPlace {
  /** From 0. */
  readonly row: number;
  /** In bytes, where the format has such a place; 0 otherwise. */
  readonly offset: number;
}

export interface TableAsk {
  /** The first row that is wanted; the first of all when unset. */
  readonly at?: RowPlace;
  readonly rows: number;
  /** From 0. */
  readonly firstColumn: number;
  readonly columns: number;
}

export interface TableColumn {
  readonly name: string;
  /** The format's own word; empty where it has none. */
  readonly type: string;
}

export interface TableCell {
  /** Unset for no value. */
  readonly text?: string;
  /** There is more of it than is told. */
  readonly cut?: boolean;
}

/** A part of a table. */
export interface TablePage {
  readonly columns: readonly TableColumn[];
  /** All of them. */
  readonly columnCount: number;
  readonly rows: readonly (readonly TableCell[])[];
  readonly firstRow: number;
  /** Unset where it is known only at the end. */
  readonly rowCount?: number;
  /** Unset at the end. */
  readonly next?: RowPlace;
  /** What keeps the rest from being read, for people; what came before it is told. */
  readonly problem?: string;
}

/** Reads tables a page at a time, whatever the size of the file. */
export interface Tables {
  read(format: TableFormat, file: FileBytes, ask: TableAsk, signal: AbortSignal): Promise<TablePage>;
}
