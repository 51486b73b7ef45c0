/** One end of the picture: how much flows there, and where its row lies. */
export interface FlowEnd {
  readonly count: number;
  /** Height of its row in the picture's units. */
  readonly row: number;
}

/** A band as the `d` of an SVG path. */
export interface Band {
  readonly path: string;
  readonly width: number;
}

export interface FlowShape {
  readonly left: readonly (Band | undefined)[];
  readonly right: readonly (Band | undefined)[];
}

export const flowSize = { width: 1000, height: 176 } as const;

const trunk = { from: 330, to: 660, most: 46 };
/** What is there at all can be seen. */
const thinnest = 1.4;

/**
 * Bands that run together from the rows at the left into one trunk and apart again to the rows at the right; each as
 * wide as its share of its side. Undefined for an end that nothing flows to.
 */
export function shapeFlow(left: readonly FlowEnd[], right: readonly FlowEnd[]): FlowShape {
  // a unit over the trunk's edge, so that no seam shows between them
  return { left: bands(left, 0, trunk.from + 1), right: bands(right, flowSize.width, trunk.to) };
}

function bands(ends: readonly FlowEnd[], outer: number, inner: number): readonly (Band | undefined)[] {
  const total = ends.reduce((sum, { count }) => sum + count, 0);
  const widths = ends.map(({ count }) => (count === 0 ? 0 : Math.max(thinnest, (count / total) * trunk.most)));
  let within = (flowSize.height - widths.reduce((sum, width) => sum + width, 0)) / 2;
  let top = 0;
  return ends.map(({ row }, index) => {
    const width = widths[index] ?? 0;
    const [at, middle] = [within, top + row / 2];
    within += width;
    top += row;
    return width === 0 ? undefined : { path: band(outer, middle - width / 2, inner, at, width), width };
  });
}

function band(x0: number, y0: number, x1: number, y1: number, width: number): string {
  const bend = (x0 + x1) / 2;
  const n = (value: number) => value.toFixed(1);
  return [
    `M${x0} ${n(y0)}`,
    `C${bend} ${n(y0)} ${bend} ${n(y1)} ${x1} ${n(y1)}`,
    `L${x1} ${n(y1 + width)}`,
    `C${bend} ${n(y1 + width)} ${bend} ${n(y0 + width)} ${x0} ${n(y0 + width)}Z`,
  ].join(" ");
}

/** The trunk between the two sides. */
export function trunkPath(left: readonly (Band | undefined)[]): string {
  const width = left.reduce((sum, each) => sum + (each?.width ?? 0), 0);
  const y = (flowSize.height - width) / 2;
  // a little under what flows in: edges that only touch leave a bright seam
  const from = trunk.from - 8;
  return `M${from} ${y.toFixed(1)} H${trunk.to} V${(y + width).toFixed(1)} H${from}Z`;
}
