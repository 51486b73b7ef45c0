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
 * Reads a request that comes at once; of one that is slow or large, what has come so far. Tells once, or never when the
 * stream breaks.
 */
export function collectBody(stream: ServerHttp2Stream, tell: (collected: Collected) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => stop(false), patienceMs);
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) stop(false);
  };
  const end = () => stop(true);
  const broken = () => clearTimeout(timer);
  function stop(whole: boolean): void {
    clearTimeout(timer);
    stream.off("data", take).off("end", end).off("close", broken);
    if (!whole) stream.pause();
    tell({ chunks, bytes, whole });
  }
  stream.on("data", take).on("end", end).on("close", broken);
}

/** What of a request is still to come. */
export async function* restOf(stream: ServerHttp2Stream, { whole }: Collected): AsyncIterable<Buffer> {
  if (!whole) yield* stream.iterator({ destroyOnReturn: false });
}
