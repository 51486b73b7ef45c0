import type { AttemptLines, LogBatch, LogChunk, LogLine, LogPiece, LogSize, StoredLog } from "#core/logs/log.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

/**
 * The output of tasks: one log a task, its attempts one after another.
 *
 * A log that passes its limit keeps its beginning and its end. Offsets and line numbers count on as if everything were
 * kept; a mark stands for what is not.
 */
export interface LogStore {
  /**
   * Appends an attempt's pieces, the first of which begins at `offset` of that attempt's output. Bytes that are already
   * kept are skipped; a gap keeps nothing.
   *
   * @returns bytes of the attempt's output that are kept now
   * @throws RefusedError `exhausted` when the disk is full; what was kept stays whole, and asking again is right
   */
  append(attempt: AttemptRef, offset: number, pieces: readonly LogPiece[]): Promise<number>;

  /** Bytes of an attempt's output that are kept. */
  kept(attempt: AttemptRef): Promise<number>;

  size(taskId: TaskId): Promise<LogSize>;

  /**
   * Lines of the `limit` numbers from one on; fewer at the end, or once they are 8 MiB. One line stands for all in a gap. Longer lines than are
   * shown are cut, between characters.
   */
  readLines(taskId: TaskId, firstLine: number, limit: number): Promise<readonly LogLine[]>;

  /** Pieces from a byte offset of the task's log, about `limit` bytes; none at the end. */
  read(taskId: TaskId, offset: number, limit: number): Promise<readonly LogChunk[]>;

  /** The offset at which the last `lines` lines begin. */
  tail(taskId: TaskId, lines: number): Promise<number>;

  /** Where each attempt that is kept begins, in order. */
  attempts(taskId: TaskId): Promise<readonly AttemptLines[]>;

  /**
   * Finds lines in what is written when it begins, without holding up anything else; tells now and then how far it is.
   * The last that is told has an `end`, unless the signal aborts.
   *
   * @throws RefusedError `invalid` for an expression that does not parse or is too large, `exhausted` when too many
   * search at a time
   */
  search(taskId: TaskId, query: LogQuery, signal: AbortSignal): AsyncIterable<SearchProgress>;

  /**
   * Pieces from a byte offset, then live; ends when the log is sealed and read to its end, or when the signal aborts.
   * A slow reader costs no memory: it reads from the file. Readers that are up to date all get the same object.
   *
   * @param newest - lines at least 1; a reader that is further behind goes on at the beginning of the last so many
   */
  follow(taskId: TaskId, offset: number, signal: AbortSignal, newest?: number): AsyncIterable<LogBatch>;

  /** Says that nothing more will come: followers end. Forgotten by a restart; saying it again is fine. */
  seal(taskId: TaskId): void;

  remove(taskId: TaskId): Promise<void>;

  /** All logs there are, in no order; some that come or go meanwhile may be missing. */
  list(): AsyncIterable<StoredLog>;

  close(): Promise<void>;
}
