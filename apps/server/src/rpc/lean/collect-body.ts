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
  const patience = waitPatiently(leaveRest);
  const take = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) leaveRest();
  };
  const end = () => {
    patience();
    tell({ chunks, bytes, whole: true });
  };
  function leaveRest(): void {
    patience();
    stream.off("data", take).off("end", end).pause();
    tell({ chunks, bytes, whole: false });
  }
  stream.on("data", take).on("end", end);
  return patience;
}

/** Those that wait, by when they began to. */
const waiting = new Map<() => void, number>();
let clock: NodeJS.Timeout | undefined;

/**
 * Calls back when the patience has been used up, up to as long again later: a clock for all, as requests are whole within
 * microseconds and a timer for each costs as much as to read it.
 *
 * @returns ends the wait
 */
function waitPatiently(giveUp: () => void): () => void {
  waiting.set(giveUp, performance.now());
  if (clock === undefined) clock = setTimeout(lookAtClock, patienceMs);
  return () => void waiting.delete(giveUp);
}

function lookAtClock(): void {
  clock = undefined;
  const late = performance.now() - patienceMs;
  for (const [giveUp, begun] of waiting) {
    // The others have begun later.
    if (begun > late) break;
    waiting.delete(giveUp);
    giveUp();
  }
  if (waiting.size > 0 && clock === undefined) clock = setTimeout(lookAtClock, patienceMs);
}

/** What of a request is still to come. */
export async function* restOf(stream: ServerHttp2Stream, { whole }: Collected): AsyncIterable<Buffer> {
  if (!whole) yield* stream.iterator({ destroyOnReturn: false });
}
