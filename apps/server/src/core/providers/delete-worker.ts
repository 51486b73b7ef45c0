import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { changed } from "#core/providers/next-step.ts";
import { drainRow, type Ended, endRow } from "#core/providers/provided-units.ts";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { Worker } from "#core/workers/worker.ts";

export interface DeleteWorker {
  readonly workerId: string;
  /** It is not waited for until it has finished what it has: that runs elsewhere then. */
  readonly force: boolean;
  /** Who asks. */
  readonly by: string;
}

type Deletion = DeleteWorker & { readonly now: number; readonly drainFor: number };

const nothing: Ended = { tokens: [], tasks: [] };

/** Unit of work. */
async function deleteOne(tx: Tx, asked: Deletion): Promise<Ended> {
  const { workerId } = asked;
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  const row = (await tx.providedWorkers.getMany([workerId])).get(workerId);
  if (row) return endProvidedOne(tx, row, asked);
  if (!worker) throw new RefusedError("not-found", `there is no worker ${workerId.slice(0, 80)}`, "id");
  await forgetOther(tx, worker, asked.now);
  return nothing;
}

async function endProvidedOne(tx: Tx, row: ProvidedWorker, { force, by, now, drainFor }: Deletion): Promise<Ended> {
  const reason = `Deleted by ${by}`;
  const until = force ? now : now + drainFor;
  switch (row.state) {
    case "starting":
      if (row.launchedAt === undefined) return endRow(tx, row, { state: "stopped", reason, now });
      await put(tx, changed(row, { state: "stopping", reason }), now);
      return nothing;
    case "online":
      await drainRow(tx, row, { reason, until, now });
      return nothing;
    case "draining":
      if (until < (row.drainUntil ?? 0)) await put(tx, { ...row, drainUntil: until }, now);
      return nothing;
    case "failed":
      await put(tx, { ...row, state: "stopped" }, now);
      return nothing;
    default:
      return nothing;
  }
}

async function put(tx: Tx, row: ProvidedWorker, now: number): Promise<void> {
  await tx.providedWorkers.put([row]);
  await tx.journal.append([{ kind: "worker-changed", workerId: row.workerId, at: now }]);
}

/** One that somebody has started by hand is theirs to end; what is left of it here can be forgotten. */
async function forgetOther(tx: Tx, { id, name, online }: Worker, now: number): Promise<void> {
  if (online) {
    throw new RefusedError(
      "conflict",
      `${name} is online, and was not made by CreateWorker: end its program where it runs, then delete it`,
      "id",
    );
  }
  if ((await tx.attempts.current(id)).length > 0) {
    throw new RefusedError("conflict", `${name} still has attempts: try again when they are given up`, "id");
  }
  await tx.workers.delete([id]);
  await tx.journal.append([{ kind: "worker-changed", workerId: id, at: now }]);
}

/**
 * Ends a provided worker: it is given nothing new, finishes what it has, and is then stopped by its provider; what it
 * has not finished in time is tried elsewhere. One that failed, or that was stopped, only goes from lists. Asking again
 * changes nothing, but that it may be ended sooner.
 *
 * A worker that no provider has given is forgotten when it is offline.
 *
 * @throws RefusedError `not-found`; `conflict` for one that somebody else has started and that is online
 */
export async function deleteWorker(
  ports: Pick<Ports, "store" | "clock" | "tokens" | "providerSettings">,
  ask: DeleteWorker,
): Promise<void> {
  const { store, clock, tokens, providerSettings } = ports;
  const asked = { ...ask, now: clock.now(), drainFor: providerSettings.drainFor };
  tokens.put((await store.transact(deleteOne, asked)).tokens);
}
