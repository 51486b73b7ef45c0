import type { FileHandle } from "node:fs/promises";
import { readAt } from "./positional.ts";
import { decodeRecord, type PieceRecord, recordSize } from "./record.ts";

/** Few enough records to be read at once rather than searched further. */
const page = 4096 / recordSize;

/** Records by number, from 0. */
export async function readRecords(
  index: FileHandle,
  first: number,
  count: number,
): Promise<readonly [PieceRecord, ...PieceRecord[]]> {
  const buffer = await readAt(index, first * recordSize, count * recordSize);
  const records = Array.from({ length: count }, (_, at) => {
    const record = decodeRecord(buffer, at * recordSize);
    if (!record) throw new Error(`record ${first + at} of a log's index is damaged`);
    return record;
  });
  const [head, ...rest] = records;
  if (!head) throw new Error("no record was asked for");
  return [head, ...rest];
}

/**
 * The number of the last record of which something holds that, once it does not hold, holds of no later one; -1 when it
 * holds of none.
 */
export async function findLast(
  index: FileHandle,
  count: number,
  holds: (record: PieceRecord) => boolean,
): Promise<number> {
  let low = -1;
  let high = count;
  while (high - low > page) {
    const middle = Math.floor((low + high) / 2);
    const [record] = await readRecords(index, middle, 1);
    if (holds(record)) low = middle;
    else high = middle;
  }
  if (high - low === 1) return low;
  const between = await readRecords(index, low + 1, high - low - 1);
  const first = between.findIndex((record) => !holds(record));
  return first < 0 ? high - 1 : low + first;
}
