import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ProvidedWorkerSchema,
  ProvidedWorkerState,
  type ProviderSchema,
  type WorkerSchema,
  type WorkerService,
} from "@tributary/proto/tributary/v1/workers_pb";
import type { Ports } from "#core/ports/index.ts";
import { createWorkers } from "#core/providers/create-workers.ts";
import { deleteWorker } from "#core/providers/delete-worker.ts";
import { type ListedProvider, listProviders } from "#core/providers/list-providers.ts";
import type { ProvidedState, ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";
import { principalOf } from "#rpc/auth.ts";

type ProviderHandlers = Pick<ServiceImpl<typeof WorkerService>, "listProviders" | "createWorkers" | "deleteWorker">;

const states: Readonly<Record<ProvidedState, ProvidedWorkerState>> = {
  starting: ProvidedWorkerState.STARTING,
  online: ProvidedWorkerState.ONLINE,
  draining: ProvidedWorkerState.DRAINING,
  stopping: ProvidedWorkerState.STOPPING,
  stopped: ProvidedWorkerState.STOPPED,
  failed: ProvidedWorkerState.FAILED,
};

export function fromProvided(row: ProvidedWorker): MessageInitShape<typeof ProvidedWorkerSchema> {
  const { provider, flavor, region, state, place = "", failures, createdBy } = row;
  return {
    provider,
    flavor,
    region,
    state: states[state],
    reason: withLoss(row),
    place,
    failures,
    createdBy,
    createTime: timestampFromMs(row.createdAt),
    ...(row.endedAt === undefined ? {} : { endTime: timestampFromMs(row.endedAt) }),
    ...(row.drainUntil === undefined ? {} : { drainUntilTime: timestampFromMs(row.drainUntil) }),
  };
}

/** Why it is as it is; of one that was lost and started again, that too. */
function withLoss({ state, reason, lost }: ProvidedWorker): string {
  if (lost === undefined || state === "failed" || reason === lost) return reason ?? "";
  return [...(reason === undefined ? [] : [reason]), `Started again after it was lost: ${lost}`].join(". ");
}

function fromProvider({ provider, problems }: ListedProvider): MessageInitShape<typeof ProviderSchema> {
  const { name, description, flavors, regions } = provider;
  return {
    name,
    description,
    flavors: flavors.map((flavor) => ({ ...flavor, slots: flavor.slots ?? 0 })),
    regions: regions.map((region) => ({
      ...region,
      usable: !problems.has(region.name),
      problem: problems.get(region.name) ?? "",
    })),
  };
}

export function providerHandlers(
  ports: Ports,
  fromWorker: (load: WorkerLoad) => MessageInitShape<typeof WorkerSchema>,
): ProviderHandlers {
  const workersNow = async () => (await ports.store.view.listWorkers()).workers;
  return {
    async listProviders() {
      return { providers: (await listProviders(ports)).map(fromProvider) };
    },
    async createWorkers({ provider, flavor, region, count, slots, prefetch }, context) {
      const by = principalOf(context).name;
      const ask = { provider, flavor, flavorId: 0, region, regionId: 0, count, slots, prefetch, by };
      const made = new Set((await createWorkers(ports, ask)).map(({ workerId }) => workerId));
      const workers = (await workersNow()).filter(({ worker }) => made.has(worker.id));
      return { workers: workers.sort((a, b) => a.worker.number - b.worker.number).map(fromWorker) };
    },
    async deleteWorker({ id, force }, context) {
      await deleteWorker(ports, { workerId: id, force, by: principalOf(context).name });
      const load = (await workersNow()).find(({ worker }) => worker.id === id);
      return load ? { worker: fromWorker(load) } : {};
    },
  };
}
