import type { LogLine } from "#core/logs/log.ts";
import { afterLineEnd } from "./line-ends.ts";
import type { LogFiles } from "./open-files.ts";
import { findLast, readRecords } from "./piece-index.ts";
import { readAt } from "./positional.ts";
import type { PieceRecord } from "./record.ts";
import type { LogEnd } from "./state.ts";

/** Bytes of a line that is read by number. */
const longestLine = 65_536;
/** Bytes of lines that are answered at once. */
const most = 8_388_608;
/** Bytes that are read at once: more than a line may have. */
const longestRead = 4 * longestLine;
const recordsAtOnce = 85;

export function lineCount(end: LogEnd): number {
  return end.lineEnds + (end.openLine ? 1 : 0);
}

/** Where a line begins: the offset, and the number of the record in or after the piece of which that is. */
interface LineStart {
  readonly offset: number;
  readonly record: number;
}

/** The offset at which a line begins; the end of the log for a line that is not there yet. */
export async function lineStart(files: LogFiles, end: LogEnd, line: number): Promise<number> {
  return line > end.lineEnds ? end.bytes : (await findLine(files, end, line)).offset;
}

/** @param line - there is one, or its beginning is the end of the log */
async function findLine(files: LogFiles, end: LogEnd, line: number): Promise<LineStart> {
  if (line <= 0) return { offset: 0, record: 0 };
  const at = await findLast(files.index, end.records, (record) => record.firstLine < line);
  const [record] = await readRecords(files.index, at, 1);
  const piece = await readAt(files.bytes, record.offset, record.length);
  const start = afterLineEnd(piece, line - record.firstLine);
  if (start === undefined) throw new Error(`the index of a log is wrong about line ${line}`);
  return { offset: record.offset + start, record: at };
}

/**
 * Lines by number, each cut after 64 KiB; fewer also when they have {@link most} bytes, whatever the limit: so many lines
 * could be larger than memory.
 */
export async function readLines(
  files: LogFiles,
  end: LogEnd,
  firstLine: number,
  limit: number,
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const stop = Math.min(lineCount(end), firstLine + limit);
  let size = 0;
  while (firstLine + lines.length < stop && size < most) {
    const more = await linesFrom(files, end, firstLine + lines.length, stop);
    lines.push(...more);
    size = more.reduce((sum, line) => sum + line.bytes.length, size);
  }
  return lines;
}

/**
 * Lines from one on, which is there, up to another: those, one at least, that are whole in one read, or one that is
 * longer.
 *
 * The end of a longer one is not looked for: the index knows where the next begins.
 */
async function linesFrom(files: LogFiles, end: LogEnd, number: number, stop: number): Promise<readonly LogLine[]> {
  const start = await findLine(files, end, number);
  const records = await recordsUntil(files, end, start, stop);
  const last = records.at(-1) ?? records[0];
  const bytes = await readAt(
    files.bytes,
    start.offset,
    Math.min(longestRead, last.offset + last.length - start.offset),
  );
  const origin = originOf(records);
  const lines: LogLine[] = [];
  let at = 0;
  while (number + lines.length < stop && at < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const whole = lineEnd >= 0 || start.offset + bytes.length === end.bytes;
    // The rest of a line that is cut is not in this read; other lines are read again from their beginning.
    if (!whole && lines.length > 0) break;
    const length = (lineEnd >= 0 ? lineEnd : bytes.length) - at;
    lines.push({
      number: number + lines.length,
      ...origin(start.offset + at),
      bytes: bytes.subarray(at, at + Math.min(length, longestLine)),
      cut: length > longestLine,
    });
    if (!whole) break;
    at += length + 1;
  }
  return lines;
}

/** Records from the one of a line's beginning on, as many as have parts of the lines before `stop`, or fill a read. */
async function recordsUntil(
  files: LogFiles,
  end: LogEnd,
  start: LineStart,
  stop: number,
): Promise<readonly [PieceRecord, ...PieceRecord[]]> {
  const read = (first: number) => readRecords(files.index, first, Math.min(recordsAtOnce, end.records - first));
  const wanted = (record: PieceRecord) => record.firstLine < stop && record.offset < start.offset + longestRead;
  const [head, ...rest] = await read(start.record);
  const records: [PieceRecord, ...PieceRecord[]] = [head, ...rest.filter(wanted)];
  let next = start.record + 1 + rest.length;
  while (next < end.records && records.length === next - start.record) {
    const more = await read(next);
    records.push(...more.filter(wanted));
    next += more.length;
  }
  return records;
}

/** Whose piece an offset is in; offsets are asked for in increasing order. */
function originOf(records: readonly [PieceRecord, ...PieceRecord[]]) {
  let [current] = records;
  let next = 1;
  return (offset: number): Pick<LogLine, "attempt" | "stream" | "at"> => {
    for (let record = records[next]; record && record.offset <= offset; record = records[++next]) current = record;
    return { attempt: current.attempt, stream: current.stream, at: current.at };
  };
}
