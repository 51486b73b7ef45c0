import type { LogFolder } from "./log-folder.ts";
import { type Chunk, chunkEnd, type LogState, lastChunk, stretchEnd } from "./log-state.ts";
import { findLast, readRecords } from "./piece-index.ts";
import { readAt } from "./positional.ts";
import type { PieceRecord } from "./record.ts";

/** A log as far as it is written when somebody begins to read it. */
export interface LogReading {
  readonly taskId: number;
  readonly folder: LogFolder;
  readonly state: LogState;
  /** Bytes of a line that are shown. */
  readonly lineBytes: number;
}

/** Bytes from an offset that is kept, as many as are there without a gap, over the borders of chunks. */
export async function readBytes(log: LogReading, offset: number, length: number): Promise<Buffer> {
  const end = Math.min(offset + length, stretchEnd(log.state, offset));
  const parts: Buffer[] = [];
  for (let at = offset; at < end; ) {
    const chunk = lastChunk(log.state, (each) => each.offset <= at);
    const count = Math.min(end, chunkEnd(chunk)) - at;
    const from = at - chunk.offset;
    parts.push(await log.folder.use(chunk.number, (files) => readAt(files.bytes, from, count)));
    at += count;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** Number, within a chunk, of the last record of which something holds; see {@link findLast}. */
export function findRecord(log: LogReading, chunk: Chunk, holds: (record: PieceRecord) => boolean): Promise<number> {
  return log.folder.use(chunk.number, (files) => findLast(files.index, chunk.records, holds));
}

/** Records of a chunk by number, as many as there are. */
export function recordsOf(
  log: LogReading,
  chunk: Chunk,
  first: number,
  count: number,
): Promise<readonly [PieceRecord, ...PieceRecord[]]> {
  return log.folder.use(chunk.number, (files) =>
    readRecords(files.index, first, Math.min(count, chunk.records - first)),
  );
}
