import { takeBackAttempt } from "#core/dispatch/expire-leases.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { cancel, isTerminal } from "#core/tasks/transitions.ts";
import type { Worker } from "#core/workers/worker.ts";

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
  const holder = task.state === "active" ? await scitqHolder(tx, task) : undefined;
  const cancelling = holder ? { ...move.task, reason: untold(by, holder) } : move.task;
  await tx.tasks.replace([{ task: cancelling, ifState: task.state, ifAttempt: task.attempt }]);
  await tx.journal.append(move.entries);
  if (holder && task.phase === "assigned") {
    // It will not be allowed to begin.
    const [attempt] = await tx.attempts.getMany([{ taskId: id, number: task.attempt }]);
    if (attempt) await takeBackAttempt(tx, attempt, untold(by, holder), now);
    return knownTask(tx, id);
  }
  await settleDependents(tx, [cancelling], now);
  return cancelling;
}

/** The worker of scitq's that has a task, if one has it. */
async function scitqHolder(tx: Tx, { dialect, workerId = "" }: Task): Promise<Worker | undefined> {
  if (dialect !== "taskqueue") return undefined;
  const holder = (await tx.workers.getMany([workerId])).get(workerId);
  return holder?.kind === "scitq" ? holder : undefined;
}

function untold(by: string, { name }: Worker): Reason {
  return {
    code: "cancelling",
    message: `Cancelled by ${by}; ${name} is a worker of scitq, which may run it on: it ends with its report, when it is lost, or when it has connected anew and its report may have been missed`,
  };
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
