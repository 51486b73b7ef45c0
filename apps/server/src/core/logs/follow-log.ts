import type { LogBatch } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/**
 * A task's log from a byte offset, then live; ends when the task has ended and everything was told. Attempts follow one
 * another.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
export async function* followLog(
  { store, logs }: Pick<Ports, "store" | "logs">,
  { taskId, offset }: { readonly taskId: TaskId; readonly offset: number },
  signal: AbortSignal,
): AsyncIterable<LogBatch> {
  const task = await store.transact(knownTask, taskId);
  // Followers of a task that ended before this server started must not wait for its end.
  if (isTerminal(task.state)) logs.seal(taskId);
  yield* logs.follow(taskId, offset, signal);
}
