/** Lines by the numbers readers see, both included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** Reads `L120` or `L120-L140`, with or without `#`; undefined for anything else. */
export function parseLineRange(text: string): LineRange | undefined {
  const match = /^#?L(\d{1,12})(?:-L?(\d{1,12}))?$/.exec(text);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first === 0 || last === 0 ? undefined : lineRange(first, last);
}

/** Writes `L120` or `L120-L140`. */
export function formatLineRange({ from, to }: LineRange): string {
  return from === to ? `L${from}` : `L${from}-L${to}`;
}

/** The lines between two numbers in either order. */
export function lineRange(one: number, other: number): LineRange {
  return { from: Math.min(one, other), to: Math.max(one, other) };
}
