import type { LogBatch } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

interface LogPosition {
  readonly taskId: TaskId;
  readonly offset: number;
  /** Who is further behind than so many lines goes on at the beginning of the last so many. */
  readonly newest?: number | undefined;
}

/**
 * A task's log from a byte offset, then live; ends when the task has ended and everything was told. Attempts follow one
 * another.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
export async function* followLog(
  { store, logs }: Pick<Ports, "store" | "logs">,
  { taskId, offset, newest }: LogPosition,
  signal: AbortSignal,
): AsyncIterable<LogBatch> {
  const task = await store.transact(knownTask, taskId);
  // Followers of a task that ended before this server started must not wait for its end.
  if (isTerminal(task.state)) logs.seal(taskId);
  yield* logs.follow(taskId, offset, signal, newest);
}
