/** Most bytes of one piece of output on the wire. */
export const PIECE_LIMIT = 64 * 1024;

/**
 * Where to cut `bytes` so that the first part is at most `limit` long (and not empty): behind its last line end,
 * else between two UTF-8 characters, else, in bytes that are not UTF-8, at `limit`.
 */
export function cutPoint(bytes: Uint8Array, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  const lineEnd = bytes.lastIndexOf(10, limit - 1);
  if (lineEnd >= 0) return lineEnd + 1;
  return wholeCharacters(bytes.subarray(0, limit)) || limit;
}

/** Length of `bytes` without a UTF-8 character at its end of which bytes are still missing. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes.length;
    if (byte >= 0xc0) return characterLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Bytes of the character that begins with `lead`; 1 for a byte that begins none. */
function characterLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
}
