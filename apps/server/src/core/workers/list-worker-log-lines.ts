import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { WorkerLogPage } from "#core/workers/worker-logs.ts";

interface ListWorkerLogLines {
  readonly workerId: string;
  /** Only lines after the one with this number. */
  readonly after: number;
  /** 1 to 1,000 */
  readonly limit: number;
}

/** Unit of work. */
async function isKnown(tx: Tx, workerId: string): Promise<boolean> {
  return (await tx.workers.getMany([workerId])).has(workerId);
}

/**
 * What a worker's program has said itself, oldest first; undefined where it has told this server nothing.
 *
 * @throws RefusedError `not-found` for a worker that is not known
 */
export async function listWorkerLogLines(
  { store, workerLogs }: Pick<Ports, "store" | "workerLogs">,
  { workerId, after, limit }: ListWorkerLogLines,
): Promise<WorkerLogPage | undefined> {
  if (!(await store.transact(isKnown, workerId))) {
    throw new RefusedError("not-found", `id: there is no worker ${workerId}`, "id");
  }
  return workerLogs.list(workerId, { after, limit });
}
