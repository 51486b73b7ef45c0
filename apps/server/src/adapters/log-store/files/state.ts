import { stat } from "node:fs/promises";
import { countLineEnds } from "./line-ends.ts";
import type { LogFiles } from "./open-files.ts";
import { readAt } from "./positional.ts";
import { decodeRecord, type PieceRecord, recordSize } from "./record.ts";

/** Where a log ends: all that has been acknowledged, and nothing more. */
export interface LogEnd {
  /** Records in the index. */
  readonly records: number;
  readonly bytes: number;
  readonly lineEnds: number;
  /** The last line has no end yet. */
  readonly openLine: boolean;
  /** Of the last piece; 0 before the first. */
  readonly attempt: number;
  /** Bytes of that attempt. */
  readonly attemptBytes: number;
}

export const emptyLog: LogEnd = {
  records: 0,
  bytes: 0,
  lineEnds: 0,
  openLine: false,
  attempt: 0,
  attemptBytes: 0,
};

/** Whether there is anything of a log on the disk. */
export async function logExists(indexPath: string): Promise<boolean> {
  try {
    return (await stat(indexPath)).isFile();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}

/**
 * Finds where a log ends after the server ended in any way, and cuts off what was not acknowledged.
 *
 * Bytes are written before their record, and acknowledged after it: bytes without a record are sent again by their
 * worker. A record without its bytes is there only after a power cut.
 */
export async function recover(
  files: LogFiles,
  tell: (what: { readonly records: number; readonly bytes: number }) => void,
): Promise<LogEnd> {
  const { size: indexSize } = await files.index.stat();
  // Bytes that have no record at all are written over.
  if (indexSize === 0) return emptyLog;
  const { size: bytesSize } = await files.bytes.stat();
  let records = Math.floor(indexSize / recordSize);
  let last = await wholeRecord(files, records, bytesSize);
  while (records > 0 && !last) last = await wholeRecord(files, --records, bytesSize);
  const bytes = last ? last.offset + last.length : 0;
  if (indexSize > records * recordSize || bytesSize > bytes) {
    tell({ records: indexSize / recordSize - records, bytes: bytesSize - bytes });
    await files.index.truncate(records * recordSize);
    await files.bytes.truncate(bytes);
  }
  return last ? endAfter(files, last, records) : emptyLog;
}

/** The last of so many records; undefined when it, or its piece, was not written whole. */
async function wholeRecord(files: LogFiles, records: number, bytesSize: number): Promise<PieceRecord | undefined> {
  if (records === 0) return undefined;
  const record = decodeRecord(await readAt(files.index, (records - 1) * recordSize, recordSize), 0);
  return record && record.offset + record.length <= bytesSize ? record : undefined;
}

async function endAfter(files: LogFiles, last: PieceRecord, records: number): Promise<LogEnd> {
  const piece = await readAt(files.bytes, last.offset, last.length);
  return {
    records,
    bytes: last.offset + last.length,
    lineEnds: last.firstLine + countLineEnds(piece),
    openLine: piece.at(-1) !== 0x0a,
    attempt: last.attempt,
    attemptBytes: last.attemptOffset + last.length,
  };
}
