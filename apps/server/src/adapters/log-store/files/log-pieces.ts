import type { LogChunk } from "#core/logs/log.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { countLineEnds } from "./line-ends.ts";
import type { LogFiles } from "./open-files.ts";
import { findLast, readRecords } from "./piece-index.ts";
import { toChunk } from "./planned-write.ts";
import { readAt } from "./positional.ts";
import type { PieceRecord } from "./record.ts";
import type { LogEnd } from "./state.ts";

/** Records that are looked at in one read, however small their pieces are. */
const mostRecords = 4096;

/** Pieces from an offset, which may be inside one; one at least, none at the end. */
export async function readPieces(
  files: LogFiles,
  taskId: TaskId,
  end: LogEnd,
  offset: number,
  limit: number,
): Promise<readonly LogChunk[]> {
  if (offset >= end.bytes) return [];
  const first = await findLast(files.index, end.records, (record) => record.offset <= offset);
  const last = await findLast(files.index, end.records, (record) => record.offset < offset + limit);
  const count = Math.min(Math.max(1, last - first + 1), mostRecords);
  const [head, ...rest] = await readRecords(files.index, first, count);
  const tail = rest.at(-1) ?? head;
  const bytes = await readAt(files.bytes, head.offset, tail.offset + tail.length - head.offset);
  return [cutBefore(head, offset, bytes), ...rest].map((record) =>
    toChunk(taskId, record, bytes, record.offset - head.offset),
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
