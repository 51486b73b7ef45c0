import type { TaskId } from "#core/tasks/task.ts";

export type LogStream = "stdout" | "stderr" | "worker";

/** A piece of one stream as a worker sends it. */
export interface LogPiece {
  readonly stream: LogStream;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A piece of a task's log in its place. */
export interface LogChunk extends LogPiece {
  readonly taskId: TaskId;
  readonly attempt: number;
  /** Byte offset in the task's log. */
  readonly offset: number;
  /** Number, from 0, of the line in which the piece begins. */
  readonly firstLine: number;
}

/** One line, without its end. */
export interface LogLine {
  /** From 0. */
  readonly number: number;
  readonly attempt: number;
  readonly stream: LogStream;
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Longer than the limit of a line that is read by number, and cut. */
  readonly cut: boolean;
}

export interface LogSize {
  readonly bytes: number;
  /** Line ends, and one more if the last line has none yet. */
  readonly lines: number;
}
