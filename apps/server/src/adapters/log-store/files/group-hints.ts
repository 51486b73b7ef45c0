import { groupHints } from "#core/logs/group-mark.ts";

const hints = groupHints.map((hint) => Buffer.from(hint));
/** Bytes of a hint but the last, which may be at the end of what came before. */
const overlap = Math.max(...hints.map(({ length }) => length)) - 1;

/** Whether a piece has, or completes, what lines that begin or end a group have in them. */
export function hintsAtGroup(head: Buffer, bytes: Uint8Array): boolean {
  const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (hints.some((hint) => piece.includes(hint))) return true;
  if (head.length === 0) return false;
  const seam = Buffer.concat([head.subarray(-overlap), piece.subarray(0, overlap)]);
  return hints.some((hint) => seam.includes(hint));
}
