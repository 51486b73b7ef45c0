import type { LineRun, LogStream } from "#core/logs/log.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import { isMissing } from "../log-folder.ts";
import { type LogReading, readBytes, recordsOf } from "../log-reading.ts";
import { type Chunk, chunkEnd, stretchEnd } from "../log-state.ts";
import type { PieceRecord } from "../record.ts";
import { type LineFinder, toText } from "./line-finder.ts";

/** Bytes that are searched at once. */
const segmentBytes = 262_144;
/** A line is searched so far from its beginning. */
const longestLine = 262_144;

/** Pieces that follow one another in a chunk, and the lines that begin in them. */
interface Segment {
  readonly records: readonly PieceRecord[];
  readonly firstLine: number;
  readonly endLine: number;
  /** Offset of its end. */
  readonly end: number;
  /** The piece after it, if there is one. */
  readonly next: PieceRecord | undefined;
}

export interface Search {
  readonly log: LogReading;
  readonly query: LogQuery;
  readonly finder: LineFinder;
  /** Asked often: whether there is no more time, or nobody waits any more. */
  readonly isOver: () => boolean;
}

/** Searches a log segment by segment, and tells after each how far it is; the last has an `end`. */
export async function* searchLines(search: Search): AsyncGenerator<SearchProgress> {
  const { query } = search;
  const tally = new Tally(query, lastLine(search));
  let begun = false;
  for await (const segment of segmentsOf(search)) {
    if (tally.isFull) break;
    // Whoever asks again for the rest comes further each time.
    if (begun && search.isOver()) {
      yield tally.progress("time");
      return;
    }
    begun = true;
    const hits = mayHold(query, segment) ? await searchSegment(search, segment) : noHits;
    tally.add(hits, segment);
    if (hits.until !== undefined) {
      yield tally.progress("time");
      return;
    }
    yield tally.progress();
  }
  tally.finish();
  yield tally.progress(tally.isFull ? "limit" : "complete");
}

/** The number after the last line that is searched. */
function lastLine({ query, log }: Search): number {
  const { end } = log.state;
  return Math.min(query.endLine, end.lineEnds + (end.openLine && query.openLine ? 1 : 0));
}

/** What was found, and how far the search has come. */
class Tally {
  readonly #query: LogQuery;
  readonly #end: number;
  #from: number;
  #to: number;
  #found = 0;
  #told = 0;
  #bytes = 0;
  #lines: number[] = [];
  #runs: LineRun[] = [];
  #full = false;

  constructor(query: LogQuery, end: number) {
    this.#query = query;
    this.#end = Math.max(end, query.firstLine);
    this.#from = query.backwards ? this.#end : query.firstLine;
    this.#to = this.#from;
  }

  /** Enough is found. */
  get isFull(): boolean {
    return this.#full;
  }

  add({ runs, until }: Hits, segment: Segment): void {
    this.#bytes += segment.records.reduce((sum, { length }) => sum + length, 0);
    for (const run of runs) {
      if (this.#full) return;
      if (this.#query.asRuns) this.#addRun(run);
      else this.#addLines(run);
    }
    if (!this.#full) this.#reach(until ?? segment.firstLine, until ?? segment.endLine);
  }

  #addLines({ firstLine, lines }: LineRun): void {
    const last = firstLine + lines - 1;
    for (let at = 0; at < lines && !this.#full; at++) {
      const line = this.#query.backwards ? last - at : firstLine + at;
      this.#found++;
      if (this.#told < this.#query.limit) {
        this.#lines.push(line);
        this.#told++;
      }
      this.#full = this.#query.stopAtLimit && this.#told >= this.#query.limit;
      if (this.#full) this.#reach(line, line + 1);
    }
  }

  #addRun(run: LineRun): void {
    this.#found += run.lines;
    if (this.#told >= this.#query.limit) return;
    const joined = joinRuns(this.#runs.at(-1), run);
    if (joined) this.#runs[this.#runs.length - 1] = joined;
    else this.#runs.push(run);
    if (!joined) this.#told++;
    this.#full = this.#query.stopAtLimit && this.#told >= this.#query.limit;
    if (this.#full) this.#reach(run.firstLine, run.firstLine + run.lines);
  }

  /** Everything was searched. */
  finish(): void {
    if (!this.#full) this.#reach(this.#query.firstLine, this.#end);
  }

  progress(end?: SearchProgress["end"]): SearchProgress {
    const [lines, runs] = [this.#lines, this.#runs];
    this.#lines = [];
    this.#runs = [];
    const reached = { found: this.#found, firstLine: this.#from, endLine: this.#to, bytes: this.#bytes };
    return { lines, runs, ...reached, ...(end && { end }) };
  }

  #reach(firstLine: number, endLine: number): void {
    if (this.#query.backwards) this.#from = Math.max(this.#query.firstLine, Math.min(this.#from, firstLine));
    else this.#to = Math.min(this.#end, Math.max(this.#to, endLine));
  }
}

/** One run of two, where they follow on one another in either order. */
function joinRuns(one: LineRun | undefined, other: LineRun): LineRun | undefined {
  if (!one) return undefined;
  const lines = one.lines + other.lines;
  if (one.firstLine + one.lines === other.firstLine) return { firstLine: one.firstLine, lines };
  return other.firstLine + other.lines === one.firstLine ? { firstLine: other.firstLine, lines } : undefined;
}

/** The segments with lines of the query's range, in the order of the search. */
async function* segmentsOf({ log, query }: Search): AsyncGenerator<Segment> {
  const { chunks, end } = log.state;
  const inRange = ({ firstLine, endLine }: Pick<Segment, "firstLine" | "endLine">) =>
    endLine > query.firstLine && firstLine < query.endLine && endLine > firstLine;
  for (let step = 0; step < chunks.length; step++) {
    const at = query.backwards ? chunks.length - 1 - step : step;
    const [chunk, next] = [chunks[at]!, chunks[at + 1]];
    const endLine = next ? lineFrom(next) : end.lineEnds + (end.openLine ? 1 : 0);
    if (!inRange({ firstLine: lineFrom(chunk), endLine })) continue;
    const segments = (await segmentsIn(log, chunk, endLine)).filter(inRange);
    yield* query.backwards ? segments.reverse() : segments;
  }
}

/** The first line that begins in or after a piece or chunk. */
function lineFrom({ firstLine, inside }: Pick<PieceRecord, "firstLine" | "inside">): number {
  return firstLine + (inside ? 1 : 0);
}

/** Cuts a chunk. One that was removed meanwhile has nothing to search. */
async function segmentsIn(log: LogReading, chunk: Chunk, endLine: number): Promise<Segment[]> {
  const records = await recordsOf(log, chunk, 0, chunk.records).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const segments: Segment[] = [];
  for (let from = 0; from < records.length; ) {
    let to = from;
    const start = records[from]!.offset;
    while (to < records.length && records[to]!.offset + records[to]!.length - start <= segmentBytes) to++;
    to = Math.max(to, from + 1);
    const next = records[to];
    segments.push({
      records: records.slice(from, to),
      firstLine: from === 0 ? lineFrom(chunk) : lineFrom(records[from]!),
      endLine: next ? lineFrom(next) : endLine,
      end: next?.offset ?? chunkEnd(chunk),
      next,
    });
    from = to;
  }
  return segments;
}

/** False where the index alone says that no line of a segment can be meant. */
function mayHold({ levels, streams, attempts, groupMarks }: LogQuery, { records, next }: Segment): boolean {
  const [first] = records;
  if (groupMarks && !records.some(({ groups }) => groups) && !(next?.inside && next.groups)) return false;
  if (streams.length > 0 && !records.some(({ stream }) => streams.includes(stream))) return false;
  if (attempts.length > 0 && !records.some(({ attempt }) => attempts.includes(attempt))) return false;
  // Counts are of lines that have ended; without an end inside the segment they tell nothing of its last line.
  if (levels.length === 0 || levels.includes("info") || !first || !next || next.inside) return true;
  const errors = levels.includes("error") && next.errors > first.errors;
  return errors || (levels.includes("warn") && next.warnings > first.warnings);
}

interface Hits {
  /** In the order of the search. */
  readonly runs: readonly LineRun[];
  /** Set when the time was over in the midst of it: how far the search came. */
  readonly until?: number;
}

const noHits: Hits = { runs: [] };

async function searchSegment({ log, query, finder, isOver }: Search, segment: Segment): Promise<Hits> {
  const end = Math.min(segment.endLine, lastLine({ log, query, finder, isOver }));
  if (isInIndex(query)) return { runs: runsInIndex(query, segment, end) };
  const bytes = await linesOf(log, segment).catch((error: unknown) => {
    if (isMissing(error)) return Buffer.alloc(0);
    throw error;
  });
  if (bytes.length === 0 || finder.passesOver?.(bytes)) return noHits;
  const found: LineRun[] = [];
  for (const { index } of finder.find(toText(bytes))) {
    const line = segment.firstLine + index;
    if (line >= end) break;
    if (line < query.firstLine) continue;
    if (isMeant(query, segment, line)) found.push({ firstLine: line, lines: 1 });
    // Backwards the segment is begun again: its last lines come first.
    if (isOver()) return query.backwards ? { runs: [], until: segment.endLine } : { runs: found, until: line + 1 };
  }
  return { runs: query.backwards ? found.reverse() : found };
}

/** Whether the index alone tells which lines are meant. */
function isInIndex({ text, levels, groupMarks }: LogQuery): boolean {
  return text === "" && levels.length === 0 && !groupMarks;
}

/** The lines that begin in the pieces that are meant. */
function runsInIndex(query: LogQuery, { records, endLine }: Segment, end: number): readonly LineRun[] {
  const runs = records.flatMap((record, at) => {
    const next = records[at + 1];
    const from = Math.max(lineFrom(record), query.firstLine);
    const lines = Math.min(next ? lineFrom(next) : endLine, end) - from;
    return lines > 0 && isOf(query, record) ? [{ firstLine: from, lines }] : [];
  });
  return query.backwards ? runs.reverse() : runs;
}

/** Whether a line is of a stream and an attempt that is meant: those of the piece in which it begins. */
function isMeant(query: LogQuery, { records }: Segment, line: number): boolean {
  if (query.streams.length === 0 && query.attempts.length === 0 && !query.groupMarks) return true;
  const record = records.findLast(({ firstLine, inside }) => firstLine < line || (firstLine === line && !inside));
  return isOf(query, record ?? records[0]!);
}

function isOf({ streams, attempts, groupMarks }: LogQuery, { stream, attempt }: PieceRecord): boolean {
  const wanted: readonly LogStream[] = streams.length === 0 && groupMarks ? ["stdout", "stderr"] : streams;
  return (wanted.length === 0 || wanted.includes(stream)) && (attempts.length === 0 || attempts.includes(attempt));
}

/** The bytes of the lines that begin in a segment, the last with its rest from after the segment. */
async function linesOf(log: LogReading, segment: Segment): Promise<Buffer> {
  const [first] = segment.records;
  if (!first) return Buffer.alloc(0);
  const bytes = await readBytes(log, first.offset, segment.end - first.offset);
  const rest = bytes.at(-1) === 0x0a ? Buffer.alloc(0) : await restOfLine(log, segment.end);
  const startsInside = first.inside && segment.firstLine > first.firstLine;
  const start = startsInside ? bytes.indexOf(0x0a) + 1 : 0;
  if (startsInside && start === 0) return Buffer.alloc(0);
  return rest.length === 0 ? bytes.subarray(start) : Buffer.concat([bytes.subarray(start), rest]);
}

async function restOfLine(log: LogReading, offset: number): Promise<Buffer> {
  if (stretchEnd(log.state, offset) <= offset) return Buffer.alloc(0);
  const bytes = await readBytes(log, offset, longestLine);
  const end = bytes.indexOf(0x0a);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
