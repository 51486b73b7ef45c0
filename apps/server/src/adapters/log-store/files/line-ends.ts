const lineEnd = 0x0a;

/** How many lines end in these bytes. */
export function countLineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count++;
  return count;
}

/** The position after the `nth` line end, from 1; undefined when there are fewer. */
export function afterLineEnd(bytes: Uint8Array, nth: number): number | undefined {
  let at = -1;
  for (let seen = 0; seen < nth; seen++) {
    at = bytes.indexOf(lineEnd, at + 1);
    if (at < 0) return undefined;
  }
  return at + 1;
}
