import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

const batch = 500;

/** Unit of work: forgets jobs whose tasks are gone, and those that were never run. */
async function forgetJobs(tx: Tx, { createdBefore }: { readonly createdBefore: number }): Promise<number> {
  const ids = await tx.jobs.left(createdBefore, batch);
  await tx.jobs.delete(ids);
  return ids.length;
}

/** Forgets jobs of which nothing is kept any more; answers how many. */
export async function sweepJobs(
  { store }: Pick<Ports, "store">,
  { createdBefore }: { readonly createdBefore: number },
  signal: AbortSignal,
): Promise<number> {
  let forgotten = 0;
  for (;;) {
    signal.throwIfAborted();
    const count = await store.transact(forgetJobs, { createdBefore });
    forgotten += count;
    if (count < batch) return forgotten;
  }
}
