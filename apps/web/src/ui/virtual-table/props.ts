import type { ReactNode } from "react";

import type { Column } from "#ui/virtual-table/columns.ts";

export interface VirtualTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** What a row is called where it is read out: in its tick box. */
  readonly rowName: (row: Row) => string;
  /** How many there are on the server; `rows` may be the first of them. Unknown counts as `rows.length`. */
  readonly total?: number | undefined;
  /** Enter or a click on the row beside its links. */
  readonly onOpen?: ((row: Row) => void) | undefined;
  readonly onSort?: ((columnId: string) => void) | undefined;
  /** The row that a panel beside the table shows. */
  readonly currentKey?: string | undefined;

  /** Keys of the selected rows. Without `onSelect` rows cannot be selected. */
  readonly selected?: ReadonlySet<string> | undefined;
  readonly onSelect?: ((selected: ReadonlySet<string>) => void) | undefined;
  /** Where the reader is, in place of "Rows 1–20 of 300"; positions count from 1. */
  readonly positionWords?: ((from: number, to: number) => string) | undefined;
  /** Instead of how many are selected. */
  readonly selectedWords?: string | undefined;
  /** Buttons in the foot while rows are selected. */
  readonly selectionActions?: ReactNode;
  /** In the foot while nothing is selected. */
  readonly foot?: ReactNode;

  /** Keys of rows with their detail open, and what stands there. */
  readonly expanded?: ReadonlySet<string> | undefined;
  readonly detail?: ((row: Row) => ReactNode) | undefined;
  /** Content across all columns for a row that heads a section; undefined for all others. */
  readonly section?: ((row: Row) => ReactNode | undefined) | undefined;

  /** Asked once for each length of `rows` when the end comes near. */
  readonly onEndReached?: (() => void) | undefined;
  readonly loadingMore?: boolean | undefined;
  /** Rows that came in meanwhile and wait above, so that nothing jumps. */
  readonly newCount?: number | undefined;
  readonly onShowNew?: (() => void) | undefined;
  /** Instead of rows: an empty or error state. */
  readonly placeholder?: ReactNode;
  readonly compact?: boolean | undefined;
}
