import type { ServerHttp2Stream } from "node:http2";

/** What came of a request, `whole` when that is all of it. */
export interface Collected {
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  readonly whole: boolean;
}

/** Requests that take longer, in milliseconds, or more bytes are not waited for. */
const patienceMs = 50;
const mostBytes = 1024 * 1024;

/**
 * Reads a request that comes at once; of one that is slow or large, what has come so far. Tells once, or never when it is
 * told to stop.
 *
 * @returns stops it: for streams that have broken
 */
export function collectBody(stream: ServerHttp2Stream, tell: (collected: Collected) => void): () => void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => leaveRest(), patienceMs);
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) leaveRest();
  };
  const end = () => {
    clearTimeout(timer);
    tell({ chunks, bytes, whole: true });
  };
  function leaveRest(): void {
    clearTimeout(timer);
    stream.off("data", take).off("end", end).pause();
    tell({ chunks, bytes, whole: false });
  }
  stream.on("data", take).on("end", end);
  return () => clearTimeout(timer);
}

/** What of a request is still to come. */
export async function* restOf(stream: ServerHttp2Stream, { whole }: Collected): AsyncIterable<Buffer> {
  if (!whole) yield* stream.iterator({ destroyOnReturn: false });
}
