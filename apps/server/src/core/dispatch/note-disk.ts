import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { diskResource } from "#core/tasks/demand.ts";
import type { WorkerDisk } from "#core/workers/worker.ts";

interface NoteDisk {
  readonly workerId: string;
  readonly disk: WorkerDisk;
}

/** Changes of less than this part of a disk are not worth writing down. */
const notable = 0.01;

/** Unit of work: keeps what a worker says of its disk, if that is another than what is known. */
export async function putDisk(tx: Tx, { workerId, disk, now }: NoteDisk & { readonly now: number }): Promise<void> {
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  if (!worker || (worker.disk && isAlike(worker.disk, disk))) return;
  await tx.workers.put([{ ...worker, disk, capacity: { ...worker.capacity, [diskResource]: disk.free } }]);
  await tx.journal.append([{ kind: "worker-changed", workerId, at: now }]);
}

function isAlike(a: WorkerDisk, b: WorkerDisk): boolean {
  const change = Math.abs(a.free - b.free) + Math.abs(a.environments - b.environments);
  return a.total === b.total && change < notable * b.total;
}

/** Keeps what a worker says of its disk. A server that cannot is no reason to take the worker for lost. */
export async function noteDisk({ store, clock }: Pick<Ports, "store" | "clock">, ask: NoteDisk): Promise<void> {
  try {
    await store.transact(putDisk, { ...ask, now: clock.now() });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
  }
}
