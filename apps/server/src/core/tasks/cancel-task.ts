import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { cancel, isTerminal } from "#core/tasks/transitions.ts";

export interface CancelTask {
  readonly id: TaskId;
  /** Who asks. */
  readonly by: string;
}

/** Unit of work: asks for the end of a task. */
export async function requestCancel(tx: Tx, { id, by, now }: CancelTask & { readonly now: number }): Promise<Task> {
  const task = await knownTask(tx, id);
  const move = cancel(task, by, now);
  if (!move) {
    if (isTerminal(task.state) && task.state !== "cancelled") {
      throw new RefusedError(
        "conflict",
        `task ${id} has already ${task.state === "failed" ? "failed" : "succeeded"}; there is nothing to cancel`,
      );
    }
    return task;
  }
  await tx.tasks.replace([{ task: move.task, ifState: task.state, ifAttempt: task.attempt }]);
  await tx.journal.append(move.entries);
  await settleDependents(tx, [move.task], now);
  return move.task;
}

/**
 * Asks for the end of a task. What has not started is cancelled at once; what runs is `cancelling` until its process has
 * gone. Asking again changes nothing.
 *
 * @throws RefusedError `not-found`; `conflict` when it has succeeded or failed
 */
export async function cancelTask(
  { store, logs, clock }: Pick<Ports, "store" | "logs" | "clock">,
  ask: CancelTask,
): Promise<Task> {
  const task = await store.transact(requestCancel, { ...ask, now: clock.now() });
  if (isTerminal(task.state)) logs.seal(task.id);
  return task;
}
