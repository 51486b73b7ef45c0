import type { Collected } from "./collect-body.ts";

const headBytes = 5;

/**
 * The bytes of the one plain message that a whole request is; undefined for everything else: a request that is not
 * complete, compressed, in several messages or in none.
 */
export function onlyMessage({ chunks, bytes, whole }: Collected): Uint8Array | undefined {
  if (!whole || bytes < headBytes) return undefined;
  const [first] = chunks;
  const request = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  const isPlain = request[0] === 0 && request.readUInt32BE(1) === bytes - headBytes;
  return isPlain ? request.subarray(headBytes) : undefined;
}
