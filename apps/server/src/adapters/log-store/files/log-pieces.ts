import type { LogChunk } from "#core/logs/log.ts";
import { gapChunk } from "./gap-mark.ts";
import { countLineEnds } from "./line-ends.ts";
import { findRecord, type LogReading, readBytes, recordsOf } from "./log-reading.ts";
import { gapAt, lastChunk } from "./log-state.ts";
import { toChunk } from "./planned-write.ts";
import type { PieceRecord } from "./record.ts";

/** Records that are looked at in one read, however small their pieces are. */
const mostRecords = 4096;

/** Pieces from an offset, which may be inside one; one at least, none at the end. */
export async function readPieces(log: LogReading, offset: number, limit: number): Promise<readonly LogChunk[]> {
  const pieces: LogChunk[] = [];
  const { bytes: end } = log.state.end;
  for (let at = offset; at < end && at < offset + limit && pieces.length < mostRecords; ) {
    const more = await piecesFrom(log, at, offset + limit);
    pieces.push(...more);
    at = more.at(-1)!.nextOffset;
  }
  return pieces;
}

/** Pieces of one chunk up to an offset; or the mark of a gap. */
async function piecesFrom(log: LogReading, offset: number, until: number): Promise<readonly LogChunk[]> {
  const gap = gapAt(log.state, offset);
  if (gap) return [gapChunk(gap, log.taskId, await endsOpen(log, gap.offset))];
  const chunk = lastChunk(log.state, (each) => each.offset <= offset);
  const first = await findRecord(log, chunk, (record) => record.offset <= offset);
  const last = await findRecord(log, chunk, (record) => record.offset < until);
  const count = Math.min(Math.max(1, last - first + 1), mostRecords);
  const [head, ...rest] = await recordsOf(log, chunk, first, count);
  const tail = rest.at(-1) ?? head;
  const bytes = await readBytes(log, head.offset, tail.offset + tail.length - head.offset);
  return [cutBefore(head, offset, bytes), ...rest].map((record) =>
    toChunk(log.taskId, record, bytes, record.offset - head.offset),
  );
}

/** Whether what is kept before a gap ends inside a line. */
async function endsOpen(log: LogReading, gapOffset: number): Promise<boolean> {
  return (
    gapOffset > 0 && (await readBytes({ ...log, state: { ...log.state, gaps: [] } }, gapOffset - 1, 1))[0] !== 0x0a
  );
}

/** The part of a piece from an offset on. */
function cutBefore(record: PieceRecord, offset: number, bytes: Buffer): PieceRecord {
  const skipped = Math.max(0, offset - record.offset);
  return {
    ...record,
    offset: record.offset + skipped,
    attemptOffset: record.attemptOffset + skipped,
    length: record.length - skipped,
    firstLine: record.firstLine + countLineEnds(bytes.subarray(0, skipped)),
  };
}
