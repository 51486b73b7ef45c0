import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { WorkerKind, type WorkerSchema, type WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { readStartupLog } from "#core/providers/read-startup-log.ts";
import { containerPlaces } from "#core/tasks/container-demand.ts";
import { diskResource } from "#core/tasks/demand.ts";
import { replicaResource } from "#core/tasks/replica-demand.ts";
import { drainWorker, resumeWorker } from "#core/workers/drain-worker.ts";
import { explainIdleWorker } from "#core/workers/explain-idle-worker.ts";
import { listWorkerLogLines } from "#core/workers/list-worker-log-lines.ts";
import type { Worker, WorkerLoad } from "#core/workers/worker.ts";
import { fromLoad } from "#facades/tributary/machine-load.ts";
import { fromProvided, providerHandlers } from "#facades/tributary/providers.ts";
import { fromDisk, fromLimits } from "#facades/tributary/worker-limits.ts";
import { fromLogLine } from "#facades/tributary/worker-log-lines.ts";
import { toPositionToken } from "#rpc/position.ts";

/** @param titles - of tasks that are told by name, by id */
export function fromWorker(
  { worker, taskIds, used, provided }: WorkerLoad,
  { leases }: Pick<Ports, "leases">,
  titles: ReadonlyMap<number, string> = new Map(),
): MessageInitShape<typeof WorkerSchema> {
  const load = leases.loadOf(worker.id);
  return {
    id: worker.id,
    name: worker.name,
    online: worker.online,
    slots: worker.slots,
    // What serves models stays, and takes no slot.
    slotsUsed: Math.max(0, taskIds.length - (used[replicaResource] ?? 0)),
    cpuMillis: BigInt(worker.capacity.cpu ?? 0),
    cpuMillisUsed: BigInt(used.cpu ?? 0),
    memoryBytes: BigInt(worker.capacity.memory ?? 0),
    memoryBytesUsed: BigInt(used.memory ?? 0),
    lastSeenTime: timestampFromMs(leases.seenAt(worker.id) ?? worker.lastSeenAt),
    labels: worker.labels,
    pythonVersions: [...(worker.pythonVersions ?? [])],
    offers: offersOf(worker),
    taskIds: [...taskIds],
    firstTasks: taskIds.slice(0, namedTasks).flatMap((id) => {
      const title = titles.get(id);
      return title === undefined ? [] : { id, title };
    }),
    version: worker.version,
    number: worker.number,
    kind: kinds[worker.kind],
    draining: worker.draining,
    ofServer: worker.taskqueue !== undefined,
    prefetch: worker.prefetch,
    ...(provided ? { provided: fromProvided(provided) } : {}),
    ...(load ? { load: fromLoad(load) } : {}),
    ...(worker.disk ? { disk: fromDisk(worker.disk) } : {}),
    ...(worker.containers ? { containers: worker.containers } : {}),
    ...(worker.limits ? { limits: fromLimits(worker.limits) } : {}),
  };
}

const kinds: Readonly<Record<Worker["kind"], WorkerKind>> = {
  tributary: WorkerKind.TRIBUTARY,
  scitq: WorkerKind.SCITQ,
};

/** Of what each worker runs, so many are told by name. */
const namedTasks = 3;

/** Titles of what is told by name of what workers run, by the task's id. */
async function titlesOf({ store }: Ports, loads: readonly WorkerLoad[]): Promise<ReadonlyMap<number, string>> {
  const ids = loads.flatMap(({ taskIds }) => taskIds.slice(0, namedTasks));
  const tasks = ids.length === 0 ? [] : await store.view.getTasks(ids);
  return new Map(tasks.map(({ id, title }) => [id, title]));
}

/** Of a worker's log, where nobody asks otherwise. */
const usualLines = 200;

const ownFields = new Set(["cpu", "memory", diskResource]);

/** Whatever it has that has no field of its own. scitq's workers run images without anyone having counted places for them. */
function offersOf({ kind, capacity }: WorkerLoad["worker"]): Record<string, bigint> {
  const isOwn = (name: string) => ownFields.has(name) || (kind === "scitq" && name === containerPlaces);
  const others = Object.entries(capacity).filter(([name]) => !isOwn(name));
  return Object.fromEntries(others.map(([name, amount]) => [name, BigInt(amount)]));
}

export function workerHandlers(ports: Ports): ServiceImpl<typeof WorkerService> {
  return {
    async listWorkers() {
      const { workers, position } = await ports.store.view.listWorkers();
      const titles = await titlesOf(ports, workers);
      return { workers: workers.map((load) => fromWorker(load, ports, titles)), position: toPositionToken(position) };
    },
    async getWorker({ id, number }) {
      const { workers, position } = await ports.store.view.listWorkers();
      const load = workers.find(({ worker }) => (id === "" ? worker.number === number : worker.id === id));
      if (!load) throw new RefusedError("not-found", `there is no worker ${id === "" ? number : id}`, "id");
      const startupLog = (await readStartupLog(ports, load.worker.id)) ?? "";
      const worker = fromWorker(load, ports, await titlesOf(ports, [load]));
      return { worker, startupLog, position: toPositionToken(position) };
    },
    async listWorkerLogLines({ id, after, pageSize }) {
      const ask = { workerId: id, after: Number(after), limit: pageSize || usualLines };
      const page = await listWorkerLogLines(ports, ask);
      const lines = page?.lines.map(fromLogLine) ?? [];
      return {
        lines,
        more: page?.more === true,
        heard: page !== undefined,
        lastSequence: lines.at(-1)?.sequence ?? after,
      };
    },
    async explainIdleWorker({ id }) {
      const { reasons, explainedCount, more, position } = await explainIdleWorker(ports, { id });
      return {
        reasons: reasons.map(({ reason, ...counted }) => ({ reason: { ...reason }, ...counted })),
        explainedCount,
        more,
        position: toPositionToken(position),
      };
    },
    ...providerHandlers(ports, (load) => fromWorker(load, ports)),
    async drainWorker({ id }) {
      await drainWorker(ports, id);
      return {};
    },
    async resumeWorker({ id }) {
      await resumeWorker(ports, id);
      return {};
    },
  };
}
