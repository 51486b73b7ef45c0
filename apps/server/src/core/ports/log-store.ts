import type { LogChunk, LogLine, LogPiece, LogSize } from "#core/logs/log.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

/** The output of tasks: one log a task, its attempts one after another. */
export interface LogStore {
  /**
   * Appends an attempt's pieces, the first of which begins at `offset` of that attempt's output. Bytes that are already
   * kept are skipped; a gap keeps nothing.
   *
   * @returns bytes of the attempt's output that are kept now
   * @throws RefusedError `exhausted` when the disk is full; what was kept stays whole
   */
  append(attempt: AttemptRef, offset: number, pieces: readonly LogPiece[]): Promise<number>;

  /** Bytes of an attempt's output that are kept. */
  kept(attempt: AttemptRef): Promise<number>;

  size(taskId: TaskId): Promise<LogSize>;

  /** Lines by number; fewer at the end, or once they are 8 MiB. A line is cut after 64 KiB. */
  readLines(taskId: TaskId, firstLine: number, limit: number): Promise<readonly LogLine[]>;

  /** Pieces from a byte offset of the task's log, about `limit` bytes; none at the end. */
  read(taskId: TaskId, offset: number, limit: number): Promise<readonly LogChunk[]>;

  /** The offset at which the last `lines` lines begin. */
  tail(taskId: TaskId, lines: number): Promise<number>;

  /**
   * Pieces from a byte offset, then live; ends when the log is sealed and read to its end, or when the signal aborts.
   * A slow reader costs no memory: it reads from the file.
   */
  follow(taskId: TaskId, offset: number, signal: AbortSignal): AsyncIterable<readonly LogChunk[]>;

  /** Says that nothing more will come: followers end. Forgotten by a restart; saying it again is fine. */
  seal(taskId: TaskId): void;

  remove(taskId: TaskId): Promise<void>;

  close(): Promise<void>;
}
