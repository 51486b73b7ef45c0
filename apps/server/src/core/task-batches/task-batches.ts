import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { endBatch } from "#core/task-batches/advance-task-batches.ts";
import type { BatchRefusal, TaskBatch } from "#core/task-batches/task-batch.ts";

const mostRefusals = 1_000;

/** Newest first. */
export function listTaskBatches({ store }: Pick<Ports, "store">): Promise<readonly TaskBatch[]> {
  return store.transact((tx: Tx) => tx.taskBatches.all(), undefined);
}

interface BatchWithRefusals {
  readonly batch: TaskBatch;
  /** By task, the first 1,000. */
  readonly refusals: readonly BatchRefusal[];
}

/** Unit of work. */
async function readBatch(tx: Tx, id: string): Promise<BatchWithRefusals> {
  const batch = (await tx.taskBatches.getMany([id])).get(id);
  if (!batch) throw new RefusedError("not-found", `there is no batch ${id.slice(0, 80)}; the newest are kept`);
  return { batch, refusals: batch.refused === 0 ? [] : await tx.taskBatches.refusals(id, mostRefusals) };
}

/** @throws RefusedError `not-found` */
export function getTaskBatch({ store }: Pick<Ports, "store">, id: string): Promise<BatchWithRefusals> {
  return store.transact(readBatch, id);
}

/**
 * Has a batch touch no more tasks. One that has ended stays as it is.
 *
 * @throws RefusedError `not-found`
 */
export function stopTaskBatch({ store, clock }: Pick<Ports, "store" | "clock">, id: string): Promise<TaskBatch> {
  return store.transact(endBatch, { id, state: "stopped" as const, now: clock.now() });
}
