/** Height of one line in px; the style sheet's `--t-mono` says the same. */
export const lineHeight = 20;
/** Height of the rule before an attempt's first line, with the room around it, in px. */
export const dividerHeight = 44;

/** Where lines of equal height lie when some have a rule before them. Positions count from 0. */
export interface LineLayout {
  readonly count: number;
  /** Height of everything in px. */
  readonly total: number;
  /** Distance from the top of everything to a line, or to the rule before it. */
  top(line: number): number;
  /** A line's height, with the rule before it. */
  height(line: number): number;
  /** The line that covers a distance from the top; the first or last for what lies outside. */
  lineAt(top: number): number;
}

/** @param dividers - positions of lines with a rule before them, increasing */
export function layLines(count: number, dividers: readonly number[]): LineLayout {
  const rules = dividers.filter((line) => line < count);
  const known = new Set(rules);
  const top = (line: number) => line * lineHeight + before(rules, line) * dividerHeight;
  return {
    count,
    total: count * lineHeight + rules.length * dividerHeight,
    top,
    height: (line) => lineHeight + (known.has(line) ? dividerHeight : 0),
    lineAt: (distance) => lineAt(count, rules, top, distance),
  };
}

/** How many of the increasing numbers are less than `line`. */
function before(rules: readonly number[], line: number): number {
  let [low, high] = [0, rules.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rules[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lineAt(count: number, rules: readonly number[], top: (line: number) => number, distance: number): number {
  // rules only push lines down: without them the line is the last it can be
  let [low, high] = [
    Math.floor((distance - rules.length * dividerHeight) / lineHeight) - 1,
    Math.floor(distance / lineHeight),
  ];
  low = Math.max(0, Math.min(low, count - 1));
  high = Math.max(low, Math.min(high, count - 1));
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (top(middle) <= distance) low = middle;
    else high = middle - 1;
  }
  return low;
}
