import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Principal } from "#core/principal.ts";
import { ownerOf } from "#core/workers/worker-owner.ts";

/** Unit of work: whose a worker is; undefined for one that is not known, or has not registered since owners are kept. */
async function readOwner(tx: Tx, workerId: string): Promise<string | undefined> {
  return (await tx.workers.getMany([workerId])).get(workerId)?.owner;
}

/**
 * Lets only whoever registered a worker say anything in its name.
 *
 * @throws RefusedError `denied` for anybody else
 */
export async function speakForWorker(
  { store, leases }: Pick<Ports, "store" | "leases">,
  { workerId, by }: { readonly workerId: string; readonly by: Pick<Principal, "name" | "tokenId"> },
): Promise<void> {
  const owner = ownerOf(by);
  if (leases.ownerOf(workerId) === owner) return;
  // It may have registered with another server, or before this one was started.
  const kept = await store.transact(readOwner, workerId);
  if (kept === undefined || kept === owner) return;
  throw new RefusedError(
    "denied",
    `${by.name} may not speak for worker ${workerId}, which others have registered`,
    "worker_id",
  );
}
