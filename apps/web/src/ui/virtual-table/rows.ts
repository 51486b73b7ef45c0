/** One line of the table's body: a row of the list, or the detail opened under one. */
export interface Item<Row> {
  readonly row: Row;
  /** Position in the list. */
  readonly index: number;
  readonly isDetail: boolean;
}

/** Which line of the body shows what, without making a list of all of them. */
export interface Body<Row> {
  readonly count: number;
  item(line: number): Item<Row> | undefined;
  /** The line of a row's own cells. */
  lineOf(index: number): number;
}

/**
 * Lays details out under their rows.
 *
 * @param open - positions of rows with a detail under them, increasing
 */
export function layBody<Row>(rows: readonly Row[], open: readonly number[]): Body<Row> {
  return {
    count: rows.length + open.length,
    item(line) {
      // a row's line is its position plus the details above it
      let above = 0;
      while (above < open.length && (open[above] ?? 0) + above + 1 < line) above += 1;
      const isDetail = above < open.length && (open[above] ?? 0) + above + 1 === line;
      const index = isDetail ? line - above - 1 : line - above;
      const row = rows[index];
      return row === undefined ? undefined : { row, index, isDetail };
    },
    lineOf: (index) => index + open.filter((position) => position < index).length,
  };
}

/** Positions of the rows whose key is in `keys`, increasing. Looks through the rows only when there are keys. */
export function openPositions<Row>(
  rows: readonly Row[],
  keys: ReadonlySet<string>,
  rowKey: (row: Row) => string,
): number[] {
  if (keys.size === 0) return [];
  return rows.flatMap((row, index) => (keys.has(rowKey(row)) ? [index] : []));
}
