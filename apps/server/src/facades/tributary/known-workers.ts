import type { Store } from "#core/ports/store.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

/** Workers and what they run; read again when the journal has gone on since. */
export function knownWorkers(store: Store): () => Promise<readonly WorkerLoad[]> {
  let known: Awaited<ReturnType<Store["view"]["listWorkers"]>> | undefined;
  return async () => {
    if (known?.position !== store.position()) known = await store.view.listWorkers();
    return known.workers;
  };
}
