import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { requestCancel } from "#core/tasks/cancel-task.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

export type Deletion = "deleted" | "ending" | "not-approved";

interface DeleteTask {
  readonly id: TaskId;
  /** Without it the task is only marked, unless that was approved before. */
  readonly approve: boolean;
  readonly by: string;
}

/** Unit of work: deletes a task, or marks it; what runs is cancelled first. */
export async function markForDeletion(
  tx: Tx,
  { id, approve, by, now }: DeleteTask & { readonly now: number },
): Promise<Deletion> {
  const task = await knownTask(tx, id);
  const [known] = await tx.deletions.getMany([id]);
  const approved = approve || known?.approved === true;
  if (!approved || !isTerminal(task.state)) await tx.deletions.put([{ taskId: id, approved, by, at: now }]);
  if (!approved) return "not-approved";
  const ended = isTerminal(task.state) ? task : await requestCancel(tx, { id, by, now });
  if (!isTerminal(ended.state)) return "ending";
  await remove(tx, [id], now);
  return "deleted";
}

/** Part of a unit: takes tasks out of the store with everything that belongs to them. */
async function remove(tx: Tx, ids: readonly TaskId[], now: number): Promise<void> {
  await tx.tasks.delete(ids);
  await tx.journal.append(ids.map((taskId) => ({ kind: "task-deleted" as const, taskId, at: now })));
}

/** Unit of work: deletes those of the approved tasks that have ended; answers which. */
export async function removeApproved(tx: Tx, { now }: { readonly now: number }): Promise<readonly TaskId[]> {
  const marks = await tx.deletions.approved();
  const tasks = await tx.tasks.getMany(marks.map(({ taskId }) => taskId));
  const ended = [...tasks.values()].filter(({ state }) => isTerminal(state)).map(({ id }) => id);
  await remove(tx, ended, now);
  return ended;
}

/**
 * Deletes a task with its attempts, artifacts and log. One that has not ended is cancelled, and goes when it has.
 *
 * @returns `not-approved` when it was only marked
 * @throws RefusedError `not-found`
 */
export async function deleteTask(
  { store, logs, clock }: Pick<Ports, "store" | "logs" | "clock">,
  ask: DeleteTask,
): Promise<Deletion> {
  const deletion = await store.transact(markForDeletion, { ...ask, now: clock.now() });
  if (deletion === "deleted") await logs.remove(ask.id);
  return deletion;
}

/** Deletes tasks whose deletion was approved while they ran. */
export async function deleteApprovedTasks({
  store,
  logs,
  clock,
}: Pick<Ports, "store" | "logs" | "clock">): Promise<void> {
  for (const id of await store.transact(removeApproved, { now: clock.now() })) await logs.remove(id);
}

/** @throws RefusedError `conflict` when a task was only marked */
export function refuseUnapproved(deletion: Deletion, name: string): void {
  if (deletion !== "not-approved") return;
  throw new RefusedError(
    "conflict",
    `task ${name} is not approved for deletion: it is marked, and goes when somebody removes it with approval`,
    "approve",
  );
}
