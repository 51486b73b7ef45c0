import { open } from "node:fs/promises";
import type { LogGap } from "#core/logs/log.ts";
import { afterGap, gapBefore } from "./drop-middle.ts";
import { longestHead } from "./line-levels.ts";
import type { LogFolder } from "./log-folder.ts";
import { lineStart } from "./log-lines.ts";
import { type LogReading, readBytes } from "./log-reading.ts";
import { type Chunk, chunkEnd, emptyLog, type LogEnd, type LogState } from "./log-state.ts";
import { endAfter, newChunk } from "./planned-write.ts";
import { readAt } from "./positional.ts";
import { decodeRecord, type PieceRecord, recordSize } from "./record.ts";

/** Told of what had to be cut off or left aside. */
export type Tell = (message: string) => void;

/** A chunk and its last record. */
interface Found {
  readonly chunk: Chunk;
  readonly last: PieceRecord;
}

/**
 * Finds where a log ends after the server ended in any way, and cuts off what was not acknowledged.
 *
 * Bytes are written before their record, and acknowledged after it: bytes without a record are sent again by their
 * worker. A record without its bytes is there only after a power cut.
 */
export async function recover(folder: LogFolder, numbers: readonly number[], tell: Tell): Promise<LogState> {
  const chunks: Chunk[] = [];
  let last: PieceRecord | undefined;
  for (const number of numbers.toReversed()) {
    const found = (last && (await closedChunk(folder, number))) ?? (await openChunk(folder, number, tell));
    if (!found) await folder.removeChunk(number);
    else chunks.unshift(found.chunk);
    last ??= found?.last;
  }
  if (!last) return emptyLog;
  const whole = withoutDamaged(chunks, tell);
  const state = await withGaps(folder, { chunks: whole, gaps: [], end: { ...emptyLog.end, bytes: last.offset } });
  return { ...state, end: await endOf(folder, state, last) };
}

/** The chunk that is written to, cut where its last whole record ends. */
async function openChunk(folder: LogFolder, number: number, tell: Tell): Promise<Found | undefined> {
  return await folder.use(number, async (files) => {
    const [{ size: indexSize }, { size: bytesSize }] = await Promise.all([files.index.stat(), files.bytes.stat()]);
    const first = await recordAt(files.index, 0);
    let records = first ? Math.floor(indexSize / recordSize) : 0;
    const isWhole = (record: PieceRecord | undefined) =>
      record !== undefined && first !== undefined && record.offset + record.length - first.offset <= bytesSize;
    let last = records > 0 ? await recordAt(files.index, records - 1) : undefined;
    while (records > 0 && !isWhole(last)) last = --records > 0 ? await recordAt(files.index, records - 1) : undefined;
    const bytes = first && last ? last.offset + last.length - first.offset : 0;
    if (indexSize > records * recordSize || bytesSize > bytes) {
      tell(`cut off ${bytesSize - bytes} bytes and ${indexSize / recordSize - records} records that were not whole`);
      await files.index.truncate(records * recordSize);
      await files.bytes.truncate(bytes);
    }
    return first && last ? { chunk: { ...newChunk(first, number), records, bytes }, last } : undefined;
  });
}

/** A chunk that is not written to any more. Nothing of it is held open: there may be many. */
async function closedChunk(folder: LogFolder, number: number): Promise<Found | undefined> {
  const index = await open(folder.indexPath(number), "r");
  try {
    const { size } = await index.stat();
    const records = Math.floor(size / recordSize);
    const [first, last] = [await recordAt(index, 0), await recordAt(index, records - 1)];
    if (!first || !last) return undefined;
    const bytes = last.offset + last.length - first.offset;
    return { chunk: { ...newChunk(first, number), records, bytes }, last };
  } finally {
    await index.close();
  }
}

async function recordAt(index: Parameters<typeof readAt>[0], number: number): Promise<PieceRecord | undefined> {
  return number < 0 ? undefined : decodeRecord(await readAt(index, number * recordSize, recordSize), 0);
}

/** Chunks that do not follow on one another are left out. */
function withoutDamaged(chunks: readonly Chunk[], tell: Tell): readonly Chunk[] {
  const whole = chunks.filter((chunk, at) => at === 0 || chunk.offset >= chunkEnd(chunks[at - 1]!));
  if (whole.length < chunks.length) tell(`left out ${chunks.length - whole.length} chunks that are damaged`);
  return whole;
}

/** Finds where chunks are missing. */
async function withGaps(folder: LogFolder, state: LogState): Promise<LogState> {
  const chunks: Chunk[] = [];
  const gaps: LogGap[] = [];
  for (const chunk of state.chunks) {
    const before = chunks.at(-1);
    const end = before ? chunkEnd(before) : 0;
    if (chunk.offset === end) {
      chunks.push(chunk);
      continue;
    }
    const firstLine = before ? await lineAfter(folder, before) : 0;
    gaps.push(gapBefore(chunk, { offset: end, firstLine }));
    chunks.push(afterGap(chunk, firstLine));
  }
  return { ...state, chunks, gaps };
}

/** Number of the first line that begins after a chunk. */
async function lineAfter(folder: LogFolder, chunk: Chunk): Promise<number> {
  return await folder.use(chunk.number, async (files) => {
    const last = await recordAt(files.index, chunk.records - 1);
    if (!last) throw new Error(`chunk ${chunk.number} of a log is damaged`);
    const { lineEnds, openLine } = endAfter(
      last,
      await readAt(files.bytes, last.offset - chunk.offset, last.length),
      emptyLog.end.head,
    );
    return lineEnds + (openLine ? 1 : 0);
  });
}

async function endOf(folder: LogFolder, state: LogState, last: PieceRecord): Promise<LogEnd> {
  // Up to the last piece the log is known; the line in which that begins may have begun before.
  const end: LogEnd = { ...emptyLog.end, bytes: last.offset + last.length, lineEnds: last.firstLine, openLine: true };
  const log: LogReading = { taskId: 0, folder, state: { ...state, end }, lineBytes: longestHead };
  const start = last.inside ? await lineStart(log, last.firstLine) : last.offset;
  const head =
    start < last.offset ? await readBytes(log, start, Math.min(longestHead, last.offset - start)) : emptyLog.end.head;
  return endAfter(last, await readBytes(log, last.offset, last.length), head);
}
