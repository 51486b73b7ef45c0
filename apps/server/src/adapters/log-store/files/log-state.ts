import type { LogGap, LogSize } from "#core/logs/log.ts";

/** One file of a log's bytes and one of its records. */
export interface Chunk {
  /** Counts on, also over chunks that are not kept. */
  readonly number: number;
  readonly records: number;
  readonly bytes: number;
  /** Where it begins in the log; what follows is as in its first record. */
  readonly offset: number;
  readonly firstLine: number;
  /** It begins inside a line, the beginning of which is kept. */
  readonly inside: boolean;
  readonly attempt: number;
}

/** Where a log ends: all that has been acknowledged, and nothing more. */
export interface LogEnd {
  readonly bytes: number;
  readonly lineEnds: number;
  /** The last line has no end yet. */
  readonly openLine: boolean;
  /** The beginning of that line, for its level. */
  readonly head: Buffer;
  /** Of the lines that have ended. */
  readonly errors: number;
  readonly warnings: number;
  /** Of the last piece; 0 before the first. */
  readonly attempt: number;
  /** Bytes of that attempt. */
  readonly attemptBytes: number;
}

/** What is known of a log without reading it. */
export interface LogState {
  /** In order; the last is written to. Empty only in an empty log. */
  readonly chunks: readonly Chunk[];
  /** In order. */
  readonly gaps: readonly LogGap[];
  readonly end: LogEnd;
}

const emptyEnd: LogEnd = {
  bytes: 0,
  lineEnds: 0,
  openLine: false,
  head: Buffer.alloc(0),
  errors: 0,
  warnings: 0,
  attempt: 0,
  attemptBytes: 0,
};

export const emptyLog: LogState = { chunks: [], gaps: [], end: emptyEnd };

export function lineCount({ end }: LogState): number {
  return end.lineEnds + (end.openLine ? 1 : 0);
}

export function sizeOf(state: LogState): LogSize {
  return {
    bytes: state.end.bytes,
    lines: lineCount(state),
    errors: state.end.errors,
    warnings: state.end.warnings,
    droppedBytes: state.gaps.reduce((sum, gap) => sum + gap.bytes, 0),
    droppedLines: state.gaps.reduce((sum, gap) => sum + gap.lines, 0),
  };
}

/** The gap that has an offset in it. */
export function gapAt({ gaps }: LogState, offset: number): LogGap | undefined {
  return gaps.find((gap) => offset >= gap.offset && offset < gap.offset + gap.bytes);
}

export function gapOfLine({ gaps }: LogState, line: number): LogGap | undefined {
  return gaps.find((gap) => line >= gap.firstLine && line < gap.firstLine + gap.lines);
}

/** Where what is kept without a gap from an offset on ends. */
export function stretchEnd({ gaps, end }: LogState, offset: number): number {
  return gaps.find((gap) => gap.offset >= offset)?.offset ?? end.bytes;
}

/** The last chunk of which something holds that, once it does not hold, holds of no later one. */
export function lastChunk(state: LogState, holds: (chunk: Chunk) => boolean): Chunk {
  let [low, high] = [0, state.chunks.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (holds(state.chunks[middle]!)) low = middle;
    else high = middle;
  }
  const chunk = state.chunks[low];
  if (!chunk) throw new Error("an empty log was looked into");
  return chunk;
}

export function chunkEnd(chunk: Chunk): number {
  return chunk.offset + chunk.bytes;
}
