import type { LogChunk, LogPiece } from "#core/logs/log.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { hintsAtGroup } from "./group-hints.ts";
import { countLineEnds } from "./line-ends.ts";
import { countLevels } from "./line-levels.ts";
import type { Chunk, LogEnd, LogState } from "./log-state.ts";
import { encodeRecord, longestPiece, type PieceRecord, recordSize } from "./record.ts";

export interface Append {
  readonly attempt: AttemptRef;
  readonly offset: number;
  readonly pieces: readonly LogPiece[];
}

/** How large a chunk may become. */
export interface ChunkLimit {
  readonly bytes: number;
  readonly records: number;
}

/** What several appends add to one chunk. */
export interface PlannedWrite {
  /** One after another. */
  readonly bytes: readonly Buffer[];
  readonly index: Buffer;
  readonly chunks: readonly LogChunk[];
  /** The chunk before the write. */
  readonly at: Pick<Chunk, "number" | "bytes" | "records">;
  /** The log after it. */
  readonly state: LogState;
}

/** Bytes of a piece that is worth not to be copied, and how many of them are written with one call. */
const largePiece = longestPiece / 2;
const mostParts = 256;

interface FreshPiece {
  readonly record: PieceRecord;
  readonly bytes: Uint8Array;
}

/**
 * Makes writes of appends, in order, one a chunk, without what is already kept. After each it is told how the log is then.
 */
export function* planWrites(
  start: LogState,
  appends: readonly Append[],
  limit: ChunkLimit,
): Generator<PlannedWrite, void, LogState> {
  let from = start;
  let state = start;
  let fresh: FreshPiece[] = [];
  const taskId = appends[0]?.attempt.taskId ?? 0;
  for (const append of appends) {
    for (const piece of freshPieces(state.end, append)) {
      const last = state.chunks.at(-1);
      const isFull = !last || last.bytes + piece.bytes.length > limit.bytes || last.records >= limit.records;
      if (isFull && fresh.length > 0) {
        from = state = yield planned(taskId, from, state, fresh);
        fresh = [];
      }
      const record = recordOf(state.end, append.attempt, piece);
      fresh.push({ record, bytes: piece.bytes });
      state = after(state, record, piece.bytes, isFull);
    }
  }
  if (fresh.length > 0) yield planned(taskId, from, state, fresh);
}

function planned(taskId: number, from: LogState, state: LogState, fresh: readonly FreshPiece[]): PlannedWrite {
  const bytes = together(fresh);
  const index = Buffer.allocUnsafe(fresh.length * recordSize);
  fresh.forEach(({ record }, at) => {
    encodeRecord(record, index, at * recordSize);
  });
  const [only] = bytes;
  const chunks = fresh.map(({ record }, at) =>
    bytes.length === 1 && only
      ? toChunk(taskId, record, only, record.offset - from.end.bytes)
      : toChunk(taskId, record, bytes[at]!, 0),
  );
  const number = state.chunks.at(-1)?.number ?? 0;
  const before = from.chunks.at(-1);
  const at = before?.number === number ? before : { number, bytes: 0, records: 0 };
  return { bytes, index, chunks, at, state };
}

/**
 * Small pieces are copied into one: views of them would hold on to whatever larger memory they came in. Large ones, which
 * are most of theirs, stay as they are.
 */
function together(fresh: readonly FreshPiece[]): Buffer[] {
  const length = fresh.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (fresh.length > mostParts || length < fresh.length * largePiece) {
    return [Buffer.concat(fresh.map(({ bytes }) => bytes))];
  }
  return fresh.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

/** A piece as readers get it; its bytes begin at `at` of `bytes`. */
export function toChunk(taskId: number, record: PieceRecord, bytes: Buffer, at: number): LogChunk {
  const { attempt, stream, offset, firstLine, length } = record;
  const nextOffset = offset + length;
  return {
    taskId,
    attempt,
    stream,
    at: record.at,
    offset,
    nextOffset,
    firstLine,
    bytes: bytes.subarray(at, at + length),
  };
}

/** The parts of an append that are new, none longer than a record may say. */
function* freshPieces(end: LogEnd, { attempt, offset, pieces }: Append): Iterable<LogPiece> {
  // An attempt begins when the one before it has ended: what comes late of that one is not the log's any more.
  if (attempt.number < end.attempt) return;
  const kept = attempt.number === end.attempt ? end.attemptBytes : 0;
  if (offset > kept) return;
  let skip = kept - offset;
  for (const piece of pieces) {
    for (let at = Math.min(skip, piece.bytes.length); at < piece.bytes.length; at += longestPiece) {
      yield { ...piece, bytes: piece.bytes.subarray(at, at + longestPiece) };
    }
    skip = Math.max(0, skip - piece.bytes.length);
  }
}

function recordOf(end: LogEnd, attempt: AttemptRef, piece: LogPiece): PieceRecord {
  return {
    stream: piece.stream,
    attempt: attempt.number,
    length: piece.bytes.length,
    offset: end.bytes,
    attemptOffset: attempt.number === end.attempt ? end.attemptBytes : 0,
    at: piece.at,
    firstLine: end.lineEnds,
    inside: end.openLine,
    errors: end.errors,
    warnings: end.warnings,
    groups: hintsAtGroup(end.head, piece.bytes),
  };
}

/** A log with one more piece, in its last chunk or in a new one. */
function after(state: LogState, record: PieceRecord, bytes: Uint8Array, inNewChunk: boolean): LogState {
  const last = state.chunks.at(-1);
  const chunks =
    inNewChunk || !last
      ? [...state.chunks, newChunk(record, (last?.number ?? -1) + 1)]
      : [...state.chunks.slice(0, -1), { ...last, records: last.records + 1, bytes: last.bytes + record.length }];
  return { chunks, gaps: state.gaps, end: endAfter(record, bytes, state.end.head) };
}

export function newChunk(first: PieceRecord, number: number): Chunk {
  const { offset, firstLine, inside, attempt } = first;
  return { number, records: 1, bytes: first.length, offset, firstLine, inside, attempt };
}

/** Where a log ends after a piece, before which `head` was the beginning of the unfinished line. */
export function endAfter(record: PieceRecord, bytes: Uint8Array, head: Buffer): LogEnd {
  const levels = countLevels(head, bytes);
  return {
    bytes: record.offset + record.length,
    lineEnds: record.firstLine + countLineEnds(bytes),
    openLine: bytes.at(-1) !== 0x0a,
    head: levels.head,
    errors: record.errors + levels.errors,
    warnings: record.warnings + levels.warnings,
    attempt: record.attempt,
    attemptBytes: record.attemptOffset + record.length,
  };
}
