import type { Tx } from "#core/ports/tx.ts";

/** Unit of work: a worker says that it takes nothing new, and ends when it has finished what it has. */
export async function noteLeaving(
  tx: Tx,
  { workerId, now }: { readonly workerId: string; readonly now: number },
): Promise<void> {
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  if (!worker || worker.leaving) return;
  await tx.workers.put([{ ...worker, draining: true, leaving: true }]);
  await tx.journal.append([{ kind: "worker-changed", workerId, at: now }]);
}
