import { endedTask, heldTask, type SaidOfTask } from "#core/dispatch/held-task.ts";
import { knownTaskqueueTask } from "#core/dispatch/take-step.ts";
import type { LogPiece } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

/** The attempt that output is of, and who runs it. */
interface Source {
  readonly ref: AttemptRef;
  readonly holderId: string;
}

/**
 * Unit of work: whose output it is that a worker of scitq's sends for a task; undefined when the task is not (any more)
 * the worker's, or not begun.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
async function sourceOf(tx: Tx, said: SaidOfTask & { readonly now: number }): Promise<Source | undefined> {
  const task = await knownTaskqueueTask(tx, said.taskId);
  const held = (await heldTask(tx, task, said)) ?? (await endedTask(tx, task, said));
  if (!held || held.attempt.phase === "assigned") return undefined;
  return { ref: { taskId: held.attempt.taskId, number: held.attempt.number }, holderId: held.holder.id };
}

/**
 * Keeps output that comes without offsets, each piece behind what there is. Calls for a task are taken one after another,
 * in the order in which they were made.
 */
export class OutputAppender {
  readonly #ports: Pick<Ports, "store" | "clock" | "leases" | "logs">;
  readonly #last = new Map<TaskId, Promise<unknown>>();

  constructor(ports: Pick<Ports, "store" | "clock" | "leases" | "logs">) {
    this.#ports = ports;
  }

  /**
   * @returns false when the task is not (any more) the worker's: nothing is kept
   * @throws RefusedError `not-found` for an unknown task, `exhausted` when the disk is full
   */
  append(said: SaidOfTask, pieces: readonly LogPiece[]): Promise<boolean> {
    const { taskId } = said;
    const before = this.#last.get(taskId) ?? Promise.resolve();
    const kept = before.then(() => this.#appendNow(said, pieces));
    const settled = kept.catch(() => {});
    this.#last.set(taskId, settled);
    void settled.then(() => {
      if (this.#last.get(taskId) === settled) this.#last.delete(taskId);
    });
    return kept;
  }

  /** Resolves when all that was given for a task until now is kept. */
  async idle(taskId: TaskId): Promise<void> {
    await this.#last.get(taskId);
  }

  async #appendNow(said: SaidOfTask, pieces: readonly LogPiece[]): Promise<boolean> {
    const { store, clock, leases, logs } = this.#ports;
    const source = await store.transact(sourceOf, { ...said, now: clock.now() });
    if (!source) return false;
    if (leases.has(source.holderId)) leases.extend(source.holderId, clock.monotonic(), clock.now());
    await logs.append(source.ref, await logs.kept(source.ref), pieces);
    return true;
  }
}
