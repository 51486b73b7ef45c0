import type { LogChunk, LogPiece } from "#core/logs/log.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { countLineEnds } from "./line-ends.ts";
import { encodeRecord, longestPiece, type PieceRecord, recordSize } from "./record.ts";
import type { LogEnd } from "./state.ts";

export interface Append {
  readonly attempt: AttemptRef;
  readonly offset: number;
  readonly pieces: readonly LogPiece[];
}

/** What several appends add to a log. */
export interface PlannedWrite {
  readonly bytes: Buffer;
  readonly index: Buffer;
  readonly chunks: readonly LogChunk[];
  /** Where the log ends then. */
  readonly end: LogEnd;
}

/** Makes one write of appends, in order, without what is already kept. */
export function planWrite(start: LogEnd, appends: readonly Append[]): PlannedWrite {
  let end = start;
  const fresh: { readonly record: PieceRecord; readonly bytes: Uint8Array }[] = [];
  for (const append of appends) {
    for (const piece of freshPieces(end, append)) {
      const record = recordOf(end, append.attempt, piece);
      fresh.push({ record, bytes: piece.bytes });
      end = after(end, record, piece.bytes);
    }
  }
  const bytes = Buffer.concat(fresh.map((piece) => piece.bytes));
  const index = Buffer.allocUnsafe(fresh.length * recordSize);
  fresh.forEach(({ record }, at) => {
    encodeRecord(record, index, at * recordSize);
  });
  const taskId = appends[0]?.attempt.taskId ?? 0;
  const chunks = fresh.map(({ record }) => toChunk(taskId, record, bytes, record.offset - start.bytes));
  return { bytes, index, chunks, end };
}

/** A piece as readers get it; its bytes begin at `at` of `bytes`. */
export function toChunk(taskId: number, record: PieceRecord, bytes: Buffer, at: number): LogChunk {
  const { attempt, stream, offset, firstLine, length } = record;
  return { taskId, attempt, stream, at: record.at, offset, firstLine, bytes: bytes.subarray(at, at + length) };
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
  };
}

function after(end: LogEnd, record: PieceRecord, bytes: Uint8Array): LogEnd {
  return {
    records: end.records + 1,
    bytes: end.bytes + record.length,
    lineEnds: end.lineEnds + countLineEnds(bytes),
    openLine: bytes.at(-1) !== 0x0a,
    attempt: record.attempt,
    attemptBytes: record.attemptOffset + record.length,
  };
}
