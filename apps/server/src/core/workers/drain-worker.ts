import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Worker } from "#core/workers/worker.ts";

interface SetDraining {
  readonly workerId: string;
  readonly draining: boolean;
  readonly now: number;
}

/** Unit of work: a worker is given nothing new, or again. What is so already stays so. */
async function setDraining(tx: Tx, { workerId, draining, now }: SetDraining): Promise<Worker> {
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  if (!worker) throw new RefusedError("not-found", `id: there is no worker ${workerId}`, "id");
  if (!draining && worker.leaving) {
    throw new RefusedError(
      "conflict",
      `${worker.name} was told on its machine to end when it has finished what it has: start it again there`,
      "id",
    );
  }
  if (worker.draining === draining) return worker;
  const changed = { ...worker, draining };
  await tx.workers.put([changed]);
  // The worker of the server's machine may have left tasks to it.
  const leaves = draining && worker.kind === "scitq" ? { leaves: true as const } : {};
  await tx.journal.append([{ kind: "worker-changed", workerId, at: now, ...leaves }]);
  return changed;
}

/**
 * Has a worker finish what it has and take nothing new, until it is resumed, also when it is started again.
 *
 * @throws RefusedError `not-found`
 */
export function drainWorker({ store, clock }: Pick<Ports, "store" | "clock">, workerId: string): Promise<Worker> {
  return store.transact(setDraining, { workerId, draining: true, now: clock.now() });
}

/**
 * Has a worker take tasks again; it looks for some at once.
 *
 * @throws RefusedError `not-found`; `conflict` for one that was told on its machine to end
 */
export function resumeWorker({ store, clock }: Pick<Ports, "store" | "clock">, workerId: string): Promise<Worker> {
  return store.transact(setDraining, { workerId, draining: false, now: clock.now() });
}
