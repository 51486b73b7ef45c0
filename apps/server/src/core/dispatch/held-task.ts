import type { Tx } from "#core/ports/tx.ts";
import type { Attempt, Task, TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import type { Worker } from "#core/workers/worker.ts";

/** What a worker says of a task without saying which worker it is. */
export interface SaidOfTask {
  readonly taskId: TaskId;
  /** Ids of the workers that have called over the same connection: what is known of who says it. */
  readonly callers: readonly string[];
}

/** A task in the hands of a worker of scitq's. */
export interface HeldTask {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly holder: Worker;
}

/**
 * Part of a unit: the attempt of which a worker of scitq's speaks; undefined when no such worker has the task, or when
 * the one that speaks is known to have lost it to another since.
 *
 * Source: scitq's workers name the task alone. That more than one of them calls over a connection is no reason to doubt
 * what they say, as with a proxy in between.
 */
export async function heldTask(tx: Tx, task: Task, { callers }: SaidOfTask): Promise<HeldTask | undefined> {
  if (isTerminal(task.state) || task.workerId === undefined || task.phase === undefined) return undefined;
  const [attempt] = await tx.attempts.getMany([{ taskId: task.id, number: task.attempt }]);
  const holder = (await tx.workers.getMany([task.workerId])).get(task.workerId);
  if (!attempt || attempt.endedAt !== undefined || holder?.kind !== "scitq") return undefined;
  if (callers.includes(holder.id) || !(await hadItBefore(tx, task, callers))) return { task, attempt, holder };
  return undefined;
}

/** Output may come in after the end that its worker has told, by another stream: for so many milliseconds. */
const lateOutput = 30_000;

/** Part of a unit: the same for a task that its worker has just told the end of. */
export async function endedTask(
  tx: Tx,
  task: Task,
  { callers, now }: SaidOfTask & { readonly now: number },
): Promise<HeldTask | undefined> {
  if (!isTerminal(task.state) || task.workerId === undefined) return undefined;
  const [attempt] = await tx.attempts.getMany([{ taskId: task.id, number: task.attempt }]);
  const holder = (await tx.workers.getMany([task.workerId])).get(task.workerId);
  if (!attempt || holder?.kind !== "scitq" || attempt.outcome === "lost") return undefined;
  if ((attempt.endedAt ?? 0) + lateOutput < now) return undefined;
  return callers.includes(holder.id) || !(await hadItBefore(tx, task, callers)) ? { task, attempt, holder } : undefined;
}

async function hadItBefore(tx: Tx, { id, attempt }: Task, callers: readonly string[]): Promise<boolean> {
  if (attempt < 2 || callers.length === 0) return false;
  const numbers = Array.from({ length: attempt - 1 }, (_, index) => index + 1);
  const former = await tx.attempts.getMany(numbers.map((number) => ({ taskId: id, number })));
  return former.some(({ workerId }) => callers.includes(workerId));
}
