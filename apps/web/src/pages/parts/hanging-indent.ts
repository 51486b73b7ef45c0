import type { CSSProperties } from "react";

/** Deeper lines hang as this one: on a phone there must be room beside it. In characters. */
const deepest = 12;
const tab = 8;

/** Has what is wrapped of a line of code stand under the line's own beginning. */
export function hangingIndent(line: string): CSSProperties {
  const space = /^\s*/.exec(line)?.[0] ?? "";
  const indent = [...space].reduce((sum, character) => sum + (character === "\t" ? tab : 1), 0);
  return { "--indent": Math.min(indent, deepest) } as CSSProperties;
}
