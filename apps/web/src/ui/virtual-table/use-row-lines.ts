import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect } from "react";

import type { Body } from "#ui/virtual-table/rows.ts";

interface RowLines<Row> {
  readonly body: Body<Row>;
  readonly keyOf: (row: Row) => string;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly rowHeight: number;
  /** Height of the sticky head above the rows. */
  readonly head: number;
  /** The line that the grid's focus points to; it stays drawn. */
  readonly activeLine: () => number;
}

/** A detail's height until it has been measured. */
const detailHeight = 220;

/** Which lines of the body are drawn, and where. */
export function useRowLines<Row>({ body, keyOf, scroller, rowHeight, head, activeLine }: RowLines<Row>) {
  // a new function here would lay out all rows again at every drawing
  const getItemKey = useCallback(
    (line: number) => {
      const item = body.item(line);
      return item === undefined ? line : `${item.isDetail ? "detail" : "row"} ${keyOf(item.row)}`;
    },
    [body, keyOf],
  );
  const virtual = useVirtualizer({
    count: body.count,
    getScrollElement: () => scroller.current,
    estimateSize: (line) => (body.item(line)?.isDetail ? detailHeight : rowHeight),
    getItemKey,
    scrollPaddingStart: head,
    scrollMargin: head,
    overscan: 8,
    rangeExtractor: (range) => {
      const [lines, active] = [defaultRangeExtractor(range), activeLine()];
      return active < 0 || lines.includes(active) ? lines : [...lines, active].sort((a, b) => a - b);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes known for one row height are wrong for another
  useEffect(() => virtual.measure(), [rowHeight]);
  return virtual;
}
