import type { LogGap } from "#core/logs/log.ts";
import { type Chunk, chunkEnd, type LogState } from "./log-state.ts";

/** What is known of a log of which the chunks in its middle go, so that it has `most` bytes at most. */
export interface Shortened {
  readonly state: LogState;
  readonly dropped: readonly Chunk[];
}

/**
 * Keeps as many chunks at the beginning as fit into half of the limit, one at least, and as many at the end; the last is
 * kept in any case.
 */
export function dropMiddle(state: LogState, most: number): Shortened {
  const total = state.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  if (total <= most) return { state, dropped: [] };
  const head = Math.max(1, state.chunks.filter((chunk) => chunkEnd(chunk) <= most / 2).length);
  let last = head;
  for (let left = total; left > most && last < state.chunks.length - 1; last++) left -= state.chunks[last]!.bytes;
  return withoutChunks(state, head, last);
}

function withoutChunks(state: LogState, from: number, to: number): Shortened {
  const [first, next] = [state.chunks[from], state.chunks[to]];
  if (from >= to || !first || !next) return { state, dropped: [] };
  const before = state.gaps.find((gap) => gap.offset + gap.bytes === first.offset);
  const start = before ?? { offset: first.offset, firstLine: first.firstLine + (first.inside ? 1 : 0) };
  return {
    dropped: state.chunks.slice(from, to),
    state: {
      ...state,
      gaps: [...state.gaps.filter((gap) => gap.offset < start.offset), gapBefore(next, start)],
      chunks: [...state.chunks.slice(0, from), afterGap(next, start.firstLine), ...state.chunks.slice(to + 1)],
    },
  };
}

/** The gap from where something ends to where a chunk begins. */
export function gapBefore(chunk: Chunk, start: Pick<LogGap, "offset" | "firstLine">): LogGap {
  const lines = Math.max(0, chunk.firstLine - start.firstLine);
  return { offset: start.offset, firstLine: start.firstLine, lines, bytes: chunk.offset - start.offset };
}

/** What is left of a line of which the gap has the beginning counts as that line. */
export function afterGap(chunk: Chunk, gapLine: number): Chunk {
  return { ...chunk, inside: chunk.inside && chunk.firstLine < gapLine };
}
