import type { IncomingHttpHeaders } from "node:http2";
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

/** The bytes of a request that are a message as they are; undefined for one that is not complete, compressed, or not as long as it says. */
export function wholeMessage(
  { chunks, bytes, whole }: Collected,
  headers: IncomingHttpHeaders,
): Uint8Array | undefined {
  const length = headers["content-length"];
  if (!whole || (length !== undefined && length !== String(bytes))) return undefined;
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") return undefined;
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}
