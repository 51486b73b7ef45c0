import type { DataSet } from "#core/data-sets/data-set.ts";
import { startProducer } from "#core/data-sets/queue-with-data-sets.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

interface Refresh {
  readonly id: string;
  readonly by: string;
}

/** Unit of work: has a data set made again, unless it is being made. */
async function refresh(tx: Tx, { id, by, now }: Refresh & { readonly now: number }): Promise<Task> {
  const dataSet = (await tx.dataSets.getMany([id])).get(id);
  if (!dataSet) throw new RefusedError("not-found", `there is no data set ${id.slice(0, 200)}`);
  const running = await producerOf(tx, dataSet);
  if (running && !isTerminal(running.state)) return running;
  return startProducer(tx, dataSet, { creator: by, now, above: [] });
}

async function producerOf(tx: Tx, { producerId }: DataSet): Promise<Task | undefined> {
  return producerId === undefined ? undefined : (await tx.tasks.getMany([producerId])).get(producerId);
}

/**
 * Makes a data set again. Tasks that ask for it from now on get the new one; those that wait or run keep the one that
 * they were promised.
 *
 * @returns the task that makes it
 * @throws RefusedError `not-found`; `invalid` when nothing makes it
 */
export function refreshDataSet({ store, clock }: Pick<Ports, "store" | "clock">, ask: Refresh): Promise<Task> {
  return store.transact(refresh, { ...ask, now: clock.now() });
}
