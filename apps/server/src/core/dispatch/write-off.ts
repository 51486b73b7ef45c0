import { takeBackAttempt } from "#core/dispatch/expire-leases.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import type { Attempt, Task, TaskId } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";

/** What a task's reason has while its end may have been told to nobody. */
export const untold = "end-untold";

/** A task that a worker has been given, and has not told the end of. */
export interface Held {
  readonly task: Task;
  readonly attempt: Attempt;
}

/**
 * Part of a unit: looks after what a worker of scitq's has begun and may have told the end of while nobody listened. Such a
 * task says so; one that is cancelled ends with that, as nobody can tell it from one that still runs, and its slot would be
 * taken for ever.
 *
 * Source: scitq's worker of 2025 tells an end once.
 *
 * @returns the tasks that have ended with that
 */
export async function writeOff(
  tx: Tx,
  worker: Worker,
  held: readonly Held[],
  { heard, now }: { readonly heard?: ReadonlySet<TaskId> | undefined; readonly now: number },
): Promise<readonly TaskId[]> {
  if (!heard) return [];
  const unsure = held.filter(({ attempt: { phase, taskId } }) => phase !== "assigned" && !heard.has(taskId));
  const cancelled = unsure.filter(({ task }) => task.state === "cancelling");
  for (const { attempt } of cancelled) await takeBackAttempt(tx, attempt, writtenOff(worker), now);
  const news = unsure.filter(({ task }) => task.state === "active" && task.reason?.code !== untold);
  if (news.length > 0) {
    await tx.tasks.replace(
      news.map(({ task }) => ({
        task: { ...task, reason: mayHaveEnded(worker) },
        ifState: task.state,
        ifAttempt: task.attempt,
      })),
    );
    await tx.journal.append(
      news.map(({ attempt: { taskId, number, phase } }) => ({
        kind: "attempt-advanced" as const,
        taskId,
        attempt: number,
        phase,
        at: now,
      })),
    );
  }
  return cancelled.map(({ task }) => task.id);
}

function mayHaveEnded({ name }: Worker): Reason {
  return {
    code: untold,
    message: `${name} has connected anew since it began this: if it told the end meanwhile, nobody heard it, and it does not say so again`,
    hint: "If it does not run any more, cancel it: that ends it and frees its slot; then run it again.",
  };
}

function writtenOff({ name }: Worker): Reason {
  return {
    code: "cancelled",
    message: `Cancelled; ${name} had connected anew since it began it, so that nobody knows whether it still runs`,
  };
}
