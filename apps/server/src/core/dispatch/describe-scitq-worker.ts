import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Demand } from "#core/tasks/task.ts";

interface DescribeScitqWorker {
  readonly number: number;
  /** What it has beside what is known already. */
  readonly capacity: Demand;
}

/** Unit of work. */
async function putCapacity(
  tx: Tx,
  { number, capacity, now }: DescribeScitqWorker & { readonly now: number },
): Promise<void> {
  const worker = await tx.workers.findByNumber(number);
  if (worker?.kind !== "scitq") {
    throw new RefusedError("not-found", `worker_id: no worker ${number} has registered; register it`, "worker_id");
  }
  await tx.workers.put([{ ...worker, capacity: { ...worker.capacity, ...capacity } }]);
  await tx.journal.append([{ kind: "worker-changed", workerId: worker.id, at: now }]);
}

/**
 * Keeps what a worker of scitq's says that its machine has: it is given tasks that ask for that much at most.
 *
 * @throws RefusedError `not-found`
 */
export function describeScitqWorker(
  { store, clock }: Pick<Ports, "store" | "clock">,
  ask: DescribeScitqWorker,
): Promise<void> {
  return store.transact(putCapacity, { ...ask, now: clock.now() });
}
