import type { GroupMark } from "#core/logs/group-mark.ts";
import type { TaskId } from "#core/tasks/task.ts";

export type LogStream = "stdout" | "stderr" | "worker";

/** How grave a line looks. */
export type LogLevel = "error" | "warn" | "info";

/** A piece of one stream as a worker sends it. */
export interface LogPiece {
  readonly stream: LogStream;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A stretch of a log that is not kept: the log has passed its limit. */
export interface LogGap {
  readonly offset: number;
  readonly bytes: number;
  readonly firstLine: number;
  /** Whole lines, and one of which only the end is missing or kept. */
  readonly lines: number;
}

/** A piece of a task's log in its place. */
export interface LogChunk extends LogPiece {
  readonly taskId: TaskId;
  readonly attempt: number;
  /** Byte offset in the task's log. */
  readonly offset: number;
  /** Where the next piece begins: further than the bytes reach where the piece stands for a gap. */
  readonly nextOffset: number;
  /** Number, from 0, of the line in which the piece begins. */
  readonly firstLine: number;
  /** What is not kept here; the bytes are then a line that says so. */
  readonly gap?: LogGap;
}

/** One line, without its end. */
export interface LogLine {
  /** From 0. */
  readonly number: number;
  readonly attempt: number;
  readonly stream: LogStream;
  readonly at: number;
  readonly level: LogLevel;
  readonly bytes: Uint8Array;
  /** Bytes of the line that are left out because it is longer than what is shown of a line. */
  readonly cutBytes: number;
  /** What is not kept from this line's number on; the bytes then say so. */
  readonly gap?: LogGap;
  /** The line begins or ends a group. */
  readonly group?: GroupMark;
}

/** Lines that follow one another. */
export interface LineRun {
  /** From 0. */
  readonly firstLine: number;
  /** At least 1. */
  readonly lines: number;
}

export interface LogSize {
  readonly bytes: number;
  /** Line ends, and one more if the last line has none yet. */
  readonly lines: number;
  /** Lines that look like errors, and like warnings, without an unfinished last one. */
  readonly errors: number;
  readonly warnings: number;
  /** What of all this is not kept. */
  readonly droppedBytes: number;
  readonly droppedLines: number;
}

/** Pieces that follow one another, and how long the log was when they were read. */
export interface LogBatch {
  readonly chunks: readonly LogChunk[];
  readonly size: LogSize;
}

/** Where an attempt begins, as far as it is kept. */
export interface AttemptLines {
  readonly attempt: number;
  readonly firstLine: number;
  /** Of its first byte in the task's log. */
  readonly offset: number;
}

/** A log as it lies in the store. */
export interface StoredLog {
  readonly taskId: TaskId;
  /** On the disk. */
  readonly bytes: number;
  /** When it was last written to. */
  readonly at: number;
}
