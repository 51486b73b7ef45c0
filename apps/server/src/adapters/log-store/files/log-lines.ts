import type { LogLine } from "#core/logs/log.ts";
import { afterLineEnd } from "./line-ends.ts";
import type { LogFiles } from "./open-files.ts";
import { findLast, readRecords } from "./piece-index.ts";
import { readAt } from "./positional.ts";
import type { PieceRecord } from "./record.ts";
import type { LogEnd } from "./state.ts";

/** Bytes of a line that is read by number. */
const longestLine = 65_536;

export function lineCount(end: LogEnd): number {
  return end.lineEnds + (end.openLine ? 1 : 0);
}

/** The offset at which a line begins; the end of the log for a line that is not there yet. */
export async function lineStart(files: LogFiles, end: LogEnd, line: number): Promise<number> {
  if (line <= 0) return 0;
  if (line > end.lineEnds) return end.bytes;
  const at = await findLast(files.index, end.records, (record) => record.firstLine < line);
  const [record] = await readRecords(files.index, at, 1);
  const piece = await readAt(files.bytes, record.offset, record.length);
  const start = afterLineEnd(piece, line - record.firstLine);
  if (start === undefined) throw new Error(`the index of a log is wrong about line ${line}`);
  return record.offset + start;
}

/** Lines by number, each cut after 64 KiB. */
export async function readLines(
  files: LogFiles,
  end: LogEnd,
  firstLine: number,
  limit: number,
): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const stop = Math.min(lineCount(end), firstLine + limit);
  while (firstLine + lines.length < stop) {
    const number = firstLine + lines.length;
    const start = await lineStart(files, end, number);
    lines.push(...(await linesFrom(files, end, number, start, stop - number)));
  }
  return lines;
}

/**
 * The lines, one at least, that a read of so many bytes as a line may have finds whole, or one that is longer.
 *
 * The end of a longer one is not looked for: the index knows where the next begins.
 */
async function linesFrom(
  files: LogFiles,
  end: LogEnd,
  number: number,
  start: number,
  limit: number,
): Promise<readonly LogLine[]> {
  const bytes = await readAt(files.bytes, start, Math.min(4 * longestLine, end.bytes - start));
  const origin = originOf(await recordsOver(files, end, start, start + bytes.length));
  const lines: LogLine[] = [];
  let at = 0;
  while (lines.length < limit && at < bytes.length) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const whole = lineEnd >= 0 || start + bytes.length === end.bytes;
    // The rest of a line that is cut is not in this read; other lines are read again from their beginning.
    if (!whole && lines.length > 0) break;
    const length = (lineEnd >= 0 ? lineEnd : bytes.length) - at;
    lines.push({
      number: number + lines.length,
      ...origin(start + at),
      bytes: bytes.subarray(at, at + Math.min(length, longestLine)),
      cut: length > longestLine,
    });
    if (!whole) break;
    at += length + 1;
  }
  return lines;
}

async function recordsOver(
  files: LogFiles,
  end: LogEnd,
  start: number,
  stop: number,
): Promise<readonly [PieceRecord, ...PieceRecord[]]> {
  const first = await findLast(files.index, end.records, (record) => record.offset <= start);
  const last = await findLast(files.index, end.records, (record) => record.offset < stop);
  return readRecords(files.index, first, Math.max(1, last - first + 1));
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
