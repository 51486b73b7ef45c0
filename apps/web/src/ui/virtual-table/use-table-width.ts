import { type RefObject, useLayoutEffect, useState } from "react";

import { narrowTable, narrowWindow } from "#ui/virtual-table/columns.ts";

/** The table's width and whether its rows take two lines. */
export function useTableWidth(ref: RefObject<HTMLElement | null>): {
  readonly width: number;
  readonly narrow: boolean;
} {
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = () => setWidth(element.clientWidth || Number.POSITIVE_INFINITY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return { width, narrow: width <= narrowTable || (width <= narrowWindow && innerWidth <= narrowWindow) };
}
