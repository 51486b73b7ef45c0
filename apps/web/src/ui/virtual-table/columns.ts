import type { ReactNode } from "react";

/**
 * Where a column goes when rows have two lines: `state` is the glyph at the left, `title` and `end` share the first
 * line, `sub` and `note` the second. A column without a place is left out.
 */
export type NarrowPlace = "state" | "title" | "end" | "sub" | "note";

export interface Column<Row> {
  readonly id: string;
  readonly head: ReactNode;
  /** A CSS grid track: "112px", "minmax(200px, 1fr)". */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
  readonly numeric?: boolean | undefined;
  /** Makes the head a button that calls `onSort`. Needs `head` to be plain text or `sortName`. */
  readonly sortable?: boolean | undefined;
  readonly sortName?: string | undefined;
  readonly sorted?: "ascending" | "descending" | undefined;
  /** Width of the table in px under which the column is left out. */
  readonly minTable?: number | undefined;
  readonly narrow?: NarrowPlace | undefined;
}

/** The widest window with two-line rows, and the widest table that gets them in any window, in px. */
export const narrowWindow = 720;
export const narrowTable = 520;

/** The columns that have a place at this width. */
export function shownColumns<Row>(
  columns: readonly Column<Row>[],
  tableWidth: number,
  narrow: boolean,
): readonly Column<Row>[] {
  if (narrow) return columns.filter((column) => column.narrow !== undefined);
  return columns.filter((column) => tableWidth >= (column.minTable ?? 0));
}

/** The grid's tracks for one-line rows; the tick box comes first where rows can be selected. */
export function tracks<Row>(columns: readonly Column<Row>[], selectable: boolean): string {
  return `${selectable ? "34px " : ""}${columns.map((column) => column.width).join(" ")}`;
}
