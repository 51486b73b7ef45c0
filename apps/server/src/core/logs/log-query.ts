import type { LineRun, LogLevel, LogStream } from "#core/logs/log.ts";

/** Which lines of a log are looked for. Empty lists mean any. */
export interface LogQuery {
  /** What a line contains, colours not counted; empty means any text. */
  readonly text: string;
  /** The text is an expression, searched for in linear time. */
  readonly regexp: boolean;
  readonly matchCase: boolean;
  readonly levels: readonly LogLevel[];
  readonly streams: readonly LogStream[];
  readonly attempts: readonly number[];
  /** Only lines that begin or end a group. */
  readonly groupMarks: boolean;
  /** From 0. */
  readonly firstLine: number;
  /** Not included. */
  readonly endLine: number;
  /** Numbers, or runs, that are told; lines beyond are counted. */
  readonly limit: number;
  /** From the end. */
  readonly backwards: boolean;
  readonly stopAtLimit: boolean;
  /** Tells runs instead of the number of each line. */
  readonly asRuns: boolean;
  /** A last line without its end is searched too: nothing more will come. */
  readonly openLine: boolean;
}

/** How far a search is. */
export interface SearchProgress {
  /** Numbers of lines found since the last time, in the order of the search. */
  readonly lines: readonly number[];
  /** Runs found since the last time, where these are asked for; the last may go on with the first of the next. */
  readonly runs: readonly LineRun[];
  /** Lines found so far. */
  readonly found: number;
  /** What was searched or passed over so far, the end not included. */
  readonly firstLine: number;
  readonly endLine: number;
  readonly bytes: number;
  /** Why it ends with this: everything was searched, enough was found, or its time was over. */
  readonly end?: "complete" | "limit" | "time";
}
