import { RefusedError } from "#core/errors.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/**
 * Finds lines of a task's log.
 *
 * @throws RefusedError `not-found` for an unknown task, `invalid` for an expression that does not parse or is too large,
 * `exhausted` when too many search at a time
 */
export async function* searchLog(
  { store, logs }: Pick<Ports, "store" | "logs">,
  { taskId, ...query }: Omit<LogQuery, "openLine"> & { readonly taskId: TaskId },
  signal: AbortSignal,
): AsyncIterable<SearchProgress> {
  const task = await store.transact(knownTask, taskId);
  if (query.endLine <= query.firstLine) {
    throw new RefusedError("invalid", "end_line: must be after first_line, or 0 for the end of the log", "end_line");
  }
  yield* logs.search(taskId, { ...query, openLine: isTerminal(task.state) }, signal);
}
