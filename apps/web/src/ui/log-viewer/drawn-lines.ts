/** Lines that are drawn, by their positions, and how their rows are told apart. */
export interface DrawnLines {
  readonly from: number;
  readonly to: number;
  /** What is taken from the number of a line to name its row. */
  readonly shift: number;
}

/**
 * The lines to draw next. Lines that stay keep their rows; where none stays, the new ones take the rows of the old:
 * to fill a row with another line costs the browser less than to make one.
 */
export function drawnNext(before: DrawnLines, wanted: { readonly from: number; readonly to: number }): DrawnLines {
  const { from, to } = wanted;
  if (from === before.from && to === before.to) return before;
  const staysAny = from < before.to && to > before.from;
  return { from, to, shift: staysAny ? before.shift : before.shift + from - before.from };
}
