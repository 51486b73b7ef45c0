import type { LogLine } from "#core/logs/log.ts";
import { cutAtCharacter } from "./cut-at-character.ts";
import { gapLine } from "./gap-mark.ts";
import { afterLineEnd } from "./line-ends.ts";
import { lineGroup, lineLevel } from "./line-levels.ts";
import { findRecord, type LogReading, readBytes, recordsOf } from "./log-reading.ts";
import { type Chunk, chunkEnd, gapOfLine, lastChunk, lineCount, stretchEnd } from "./log-state.ts";
import type { PieceRecord } from "./record.ts";

/** Bytes of lines that are answered at once. */
const most = 8_388_608;
const recordsAtOnce = 85;

/** Where a line begins: the offset, and the number of the record of its chunk in which that is. */
interface LineStart {
  readonly offset: number;
  readonly chunk: Chunk;
  readonly record: number;
}

/** The offset at which a line begins; that of the gap for one that is not kept; the end of the log for one to come. */
export async function lineStart(log: LogReading, line: number): Promise<number> {
  if (line > log.state.end.lineEnds) return log.state.end.bytes;
  return gapOfLine(log.state, line)?.offset ?? (await findLine(log, line)).offset;
}

/** @param line - it is kept, or its beginning is the end of the log */
async function findLine(log: LogReading, line: number): Promise<LineStart> {
  const begins = ({ firstLine, inside }: Pick<PieceRecord, "firstLine" | "inside">) =>
    firstLine < line || (firstLine === line && !inside);
  const chunk = lastChunk(log.state, begins);
  const at = await findRecord(log, chunk, begins);
  // What is left of a line of which a gap has the beginning.
  if (at < 0) return { offset: chunk.offset, chunk, record: 0 };
  const [record] = await recordsOf(log, chunk, at, 1);
  if (record.firstLine === line) return { offset: record.offset, chunk, record: at };
  const piece = await readBytes(log, record.offset, record.length);
  const start = afterLineEnd(piece, line - record.firstLine);
  if (start === undefined) throw new Error(`the index of a log is wrong about line ${line}`);
  return { offset: record.offset + start, chunk, record: at };
}

/**
 * Lines by number, each cut to what is shown of one; fewer also when they have {@link most} bytes, whatever the limit: so
 * many lines could be larger than memory.
 */
export async function readLines(log: LogReading, firstLine: number, limit: number): Promise<readonly LogLine[]> {
  const lines: LogLine[] = [];
  const stop = Math.min(lineCount(log.state), firstLine + limit);
  let size = 0;
  for (let next = firstLine; next < stop && size < most; ) {
    const gap = gapOfLine(log.state, next);
    const more = gap ? [gapLine(gap, next)] : await linesFrom(log, next, stop);
    lines.push(...more);
    size = more.reduce((sum, line) => sum + line.bytes.length, size);
    next = gap ? gap.firstLine + gap.lines : next + more.length;
  }
  return lines;
}

/**
 * Lines from one on, which is kept, up to another: those, one at least, that are whole in one read and begin in one
 * chunk, or one that is longer.
 */
async function linesFrom(log: LogReading, number: number, stop: number): Promise<readonly LogLine[]> {
  const start = await findLine(log, number);
  const longestRead = 4 * log.lineBytes;
  const records = await recordsUntil(log, start, stop, longestRead);
  const last = records.at(-1) ?? records[0];
  const begun = last.offset + last.length;
  // The last line of a chunk goes on in the next.
  const more = begun === chunkEnd(start.chunk) ? log.lineBytes + 1 : 0;
  const bytes = await readBytes(log, start.offset, Math.min(longestRead, begun - start.offset + more));
  const isEnd = start.offset + bytes.length >= stretchEnd(log.state, start.offset);
  const origin = originOf(records);
  const lines: LogLine[] = [];
  for (let at = 0; number + lines.length < stop && start.offset + at < begun && at < bytes.length; ) {
    const lineEnd = bytes.indexOf(0x0a, at);
    const whole = lineEnd >= 0 || isEnd;
    // The rest of a line that is cut is not in this read; other lines are read again from their beginning.
    if (!whole && lines.length > 0) break;
    const rest = bytes.subarray(at, lineEnd >= 0 ? lineEnd : bytes.length);
    const shown = cutAtCharacter(rest, log.lineBytes);
    const own = number + lines.length;
    const length = whole ? rest.length : await lengthOf(log, own, start.offset + at);
    const cutBytes = length - shown.length;
    const from = origin(start.offset + at);
    const group = lineGroup(shown, from.stream);
    const seen = { level: lineLevel(shown), ...(group && { group }) };
    lines.push({ number: own, ...from, ...seen, bytes: shown, cutBytes });
    if (!whole) break;
    at += rest.length + 1;
  }
  return lines;
}

/** Length of a line that was not read to its end: the index knows where the next begins. */
async function lengthOf(log: LogReading, line: number, start: number): Promise<number> {
  const { lineEnds } = log.state.end;
  const end = stretchEnd(log.state, start);
  return line < lineEnds ? Math.min(end, (await lineStart(log, line + 1)) - 1) - start : end - start;
}

/** Records from the one of a line's beginning on, as many as have parts of the lines before `stop`, or fill a read. */
async function recordsUntil(
  log: LogReading,
  start: LineStart,
  stop: number,
  longestRead: number,
): Promise<readonly [PieceRecord, ...PieceRecord[]]> {
  const { chunk } = start;
  const wanted = (record: PieceRecord) => record.firstLine < stop && record.offset < start.offset + longestRead;
  const [head, ...rest] = await recordsOf(log, chunk, start.record, recordsAtOnce);
  const records: [PieceRecord, ...PieceRecord[]] = [head, ...rest.filter(wanted)];
  let next = start.record + 1 + rest.length;
  while (next < chunk.records && records.length === next - start.record) {
    const more = await recordsOf(log, chunk, next, recordsAtOnce);
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
