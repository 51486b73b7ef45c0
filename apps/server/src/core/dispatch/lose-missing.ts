import { loseScitqAttempt } from "#core/dispatch/expire-leases.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";

interface LoseMissing {
  readonly worker: Pick<Worker, "id" | "name">;
  /** Attempts that the worker has begun, and does not have any more. */
  readonly missing: readonly AttemptRef[];
}

/** Unit of work: answers the tasks that ended with that. */
async function loseMissingAttempts(
  tx: Tx,
  { worker, missing, now }: LoseMissing & { readonly now: number },
): Promise<readonly TaskId[]> {
  const reason = { code: "lost", message: `Its worker ${worker.name} does not have it any more` };
  const ended: TaskId[] = [];
  for (const attempt of await tx.attempts.getMany(missing)) {
    if (attempt.workerId !== worker.id || attempt.endedAt !== undefined) continue;
    if (await loseScitqAttempt(tx, attempt, now, reason)) ended.push(attempt.taskId);
  }
  return ended;
}

/** Ends what a worker that is alive has lost: it is tried again while the system budget lasts. */
export async function loseMissing(
  { store, clock, logs }: Pick<Ports, "store" | "clock" | "logs">,
  ask: LoseMissing,
): Promise<void> {
  if (ask.missing.length === 0) return;
  const ended = await store.transact(loseMissingAttempts, { ...ask, now: clock.now() });
  for (const taskId of ended) logs.seal(taskId);
}
