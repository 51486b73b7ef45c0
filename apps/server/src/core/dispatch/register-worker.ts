import { loseAttempt } from "#core/dispatch/expire-leases.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Principal } from "#core/principal.ts";
import { diskResource } from "#core/tasks/demand.ts";
import type { AttemptRef, Demand } from "#core/tasks/task.ts";
import type { ContainerSupport, TaskqueueShare, Worker, WorkerDisk, WorkerLimits } from "#core/workers/worker.ts";
import { claimWorker, ownerOf } from "#core/workers/worker-owner.ts";

export interface RegisterWorker {
  readonly id: string;
  readonly name: string;
  readonly slots: number;
  readonly capacity: Demand;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  readonly limits?: WorkerLimits;
  readonly pythonVersions?: readonly string[];
  readonly containers?: ContainerSupport;
  readonly disk?: WorkerDisk;
  /** Attempts that the worker still has. */
  readonly held: readonly AttemptRef[];
  /** Set for the worker of the server's own machine. */
  readonly taskqueue?: TaskqueueShare;
  /** It is given nothing new, and ends when it has finished what it has. */
  readonly leaving?: boolean;
  /** Who registers it, and alone may speak for it; unset where others see to that. */
  readonly by?: Pick<Principal, "tokenId">;
}

export interface Registered {
  /** Of the held attempts: no longer the worker's. */
  readonly revoked: readonly AttemptRef[];
  /** Of the held attempts: still the worker's. */
  readonly kept: readonly AttemptRef[];
  /** Tasks that ended because the worker has lost their last attempt. */
  readonly ended: readonly number[];
}

/**
 * Unit of work: keeps the worker. An attempt that the store counts as begun by it but that it does not have is lost; one
 * that was only assigned is assigned again when it leases.
 */
export async function putWorker(
  tx: Tx,
  {
    ask,
    serverId,
    now,
  }: { readonly ask: RegisterWorker; readonly serverId?: string | undefined; readonly now: number },
): Promise<Registered> {
  const { held, by, leaving = false, ...asked } = ask;
  const owner = by && (await claimWorker(tx, { worker: asked, by, now }));
  const worker = { ...asked, ...(serverId === undefined ? {} : { serverId }), ...(owner ? { owner } : {}) };
  const known = (await tx.workers.getMany([worker.id])).get(worker.id);
  // One that does not say how much of its disk is free is not kept from trying.
  const capacity = { ...worker.capacity, [diskResource]: worker.disk?.free ?? Number.MAX_SAFE_INTEGER };
  const row: Worker = {
    ...worker,
    kind: "tributary",
    number: known?.number ?? (await tx.workers.nextNumber()),
    // What it said itself counts until it is started anew, what it was told until it is told otherwise.
    draining: leaving || (known?.draining === true && !known.leaving),
    ...(leaving ? { leaving } : {}),
    prefetch: known?.prefetch ?? 0,
    capacity,
    online: true,
    registeredAt: known?.registeredAt ?? now,
    lastSeenAt: now,
  };
  await tx.workers.put([row]);
  await tx.journal.append([{ kind: "worker-changed", workerId: worker.id, at: now }]);
  const current = await tx.attempts.current(worker.id);
  const has = new Set(held.map(key));
  const ended: number[] = [];
  for (const attempt of current) {
    const isGone = attempt.phase !== "assigned" && !has.has(key(attempt));
    if (isGone && (await loseAttempt(tx, attempt, now))) ended.push(attempt.taskId);
  }
  const own = new Set(current.map(key));
  return {
    kept: held.filter((ref) => own.has(key(ref))),
    revoked: held.filter((ref) => !own.has(key(ref))),
    ended,
  };
}

function key(ref: AttemptRef): string {
  return `${ref.taskId}.${ref.number}`;
}

/** Keeps a worker and starts its lease. Asking again, after a restart of either side, is how it comes back. */
export async function registerWorker(
  { store, clock, leases, logs }: Pick<Ports, "store" | "clock" | "leases" | "logs">,
  ask: RegisterWorker,
): Promise<Registered> {
  const registered = await store.transact(putWorker, { ask, serverId: leases.serverId, now: clock.now() });
  if (ask.by) leases.own(ask.id, ownerOf(ask.by));
  leases.begin({ id: ask.id, kind: "tributary" }, clock.monotonic(), clock.now());
  for (const taskId of registered.ended) logs.seal(taskId);
  return registered;
}
