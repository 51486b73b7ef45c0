import { crc32 } from "node:zlib";
import type { LogStream } from "#core/logs/log.ts";

/**
 * Pieces longer than this get several records, so that whoever looks for a byte or a line in a piece reads no more than
 * this.
 */
export const longestPiece = 65_536;

/** What the index says of one piece; offsets and lengths in bytes. */
export interface PieceRecord {
  readonly stream: LogStream;
  readonly attempt: number;
  readonly length: number;
  /** In the task's log. */
  readonly offset: number;
  /** In the attempt's output. */
  readonly attemptOffset: number;
  readonly at: number;
  /** Line ends before the piece. */
  readonly firstLine: number;
  /** The piece begins inside a line. */
  readonly inside: boolean;
  /** Of the lines that end before the piece: those that look like errors, and like warnings. */
  readonly errors: number;
  readonly warnings: number;
  /** Something in the piece hints at a line that begins or ends a group; also where that was not looked for. */
  readonly groups: boolean;
}

/** What is said of a piece in single bits; groups were not looked for in records without `sought`. */
const flags = { inside: 1, groups: 2, sought: 4 };

/** The order is the file format. */
const streams: readonly LogStream[] = ["stdout", "stderr", "worker"];
const version = 2;
/** Bytes of a record in the index. */
export const recordSize = 56;

/** Little-endian: checksum 4, version 1, stream 1, flags 2, attempt 4, length 4, four doubles, two counts of 4. */
export function encodeRecord(record: PieceRecord, target: Buffer, start: number): void {
  target.writeUInt8(version, start + 4);
  target.writeUInt8(streams.indexOf(record.stream), start + 5);
  target.writeUInt16LE(
    (record.inside ? flags.inside : 0) | (record.groups ? flags.groups : 0) | flags.sought,
    start + 6,
  );
  target.writeUInt32LE(record.attempt, start + 8);
  target.writeUInt32LE(record.length, start + 12);
  target.writeDoubleLE(record.offset, start + 16);
  target.writeDoubleLE(record.attemptOffset, start + 24);
  target.writeDoubleLE(record.at, start + 32);
  target.writeDoubleLE(record.firstLine, start + 40);
  target.writeUInt32LE(record.errors, start + 48);
  target.writeUInt32LE(record.warnings, start + 52);
  target.writeUInt32LE(crc32(target.subarray(start + 4, start + recordSize)), start);
}

/** A record; undefined when it was not written whole. */
export function decodeRecord(from: Buffer, start: number): PieceRecord | undefined {
  const former = decodeFormer(from, start, recordSize, version);
  if (!former) return undefined;
  const said = from.readUInt16LE(start + 6);
  return {
    ...former,
    inside: (said & flags.inside) !== 0,
    groups: (said & flags.groups) !== 0 || (said & flags.sought) === 0,
    errors: from.readUInt32LE(start + 48),
    warnings: from.readUInt32LE(start + 52),
  };
}

/** What a record had before logs were cut into chunks; it is the beginning of one now. */
export type FormerRecord = Omit<PieceRecord, "inside" | "errors" | "warnings" | "groups">;
export const formerRecordSize = 48;

/** A record of the former layout, or the beginning of one of this. */
export function decodeFormer(
  from: Buffer,
  start: number,
  size = formerRecordSize,
  expected = 1,
): FormerRecord | undefined {
  const end = start + size;
  if (end > from.length || from.readUInt32LE(start) !== crc32(from.subarray(start + 4, end))) return undefined;
  const stream = streams[from.readUInt8(start + 5)];
  if (from.readUInt8(start + 4) !== expected || stream === undefined) return undefined;
  return {
    stream,
    attempt: from.readUInt32LE(start + 8),
    length: from.readUInt32LE(start + 12),
    offset: from.readDoubleLE(start + 16),
    attemptOffset: from.readDoubleLE(start + 24),
    at: from.readDoubleLE(start + 32),
    firstLine: from.readDoubleLE(start + 40),
  };
}
