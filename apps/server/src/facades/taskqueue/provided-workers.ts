import type { ServiceImpl } from "@connectrpc/connect";
import type { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { createWorkers } from "#core/providers/create-workers.ts";
import { deleteWorker } from "#core/providers/delete-worker.ts";
import { principalOf } from "#rpc/auth.ts";

type ProvidedWorkerHandlers = Pick<ServiceImpl<typeof TaskQueue>, "createWorker" | "deleteWorker">;

const called = { count: "number", slots: "concurrency" };

/** Unit of work. */
async function findWorker(tx: Tx, number: number) {
  const worker = await tx.workers.findByNumber(number);
  if (!worker) throw new RefusedError("not-found", `there is no worker ${number}`, "worker_id");
  return worker;
}

/**
 * Workers that the server gets from a provider.
 *
 * `flavor_id` and `region_id` are places in the provider's lists, from 1, as tributary.v1's ListProviders tells them; 0
 * leaves the choice to `flavor`, and to the provider. There are no steps to be given to.
 */
export function providedWorkerHandlers(ports: Ports): ProvidedWorkerHandlers {
  return {
    async createWorker(request, context) {
      const { provider, flavor, flavorId, regionId, number: count, concurrency: slots, prefetch, stepId } = request;
      if (stepId !== 0) {
        const message = `step_id: there is no step ${stepId}; leave it 0, the worker takes tasks of all`;
        throw new RefusedError("invalid", message, "step_id");
      }
      const by = principalOf(context).name;
      const ask = { provider, flavor, flavorId, region: "", regionId, count, slots, prefetch, by, called };
      return { workerIds: (await createWorkers(ports, ask)).map(({ number }) => number) };
    },
    async deleteWorker({ workerId }, context) {
      const { id } = await ports.store.transact(findWorker, workerId);
      await deleteWorker(ports, { workerId: id, force: false, by: principalOf(context).name });
      return { success: true };
    },
  };
}
