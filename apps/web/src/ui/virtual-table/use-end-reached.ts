import { useEffect, useRef } from "react";

import type { VirtualTableProps } from "#ui/virtual-table/props.ts";

/** Lines before the end at which more are asked for. */
const ahead = 60;

/** Asks for more once for each last row when the end comes near. */
export function useEndReached<Row>(props: VirtualTableProps<Row>, lastLine: number, count: number): void {
  const { rows, rowKey, total, onEndReached, loadingMore = false } = props;
  const asked = useRef("");
  const last = rows.at(-1);
  const end = last === undefined ? "" : `${rows.length} ${rowKey(last)}`;
  const near = end !== "" && lastLine >= count - ahead && (total === undefined || rows.length < total);
  useEffect(() => {
    if (!near || loadingMore || asked.current === end) return;
    asked.current = end;
    onEndReached?.();
  }, [near, loadingMore, end, onEndReached]);
}
