import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { WorkerSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { describeScitqWorker } from "#core/dispatch/describe-scitq-worker.ts";
import { registerScitqWorker } from "#core/dispatch/register-scitq-worker.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { gpuResource } from "#core/tasks/demand.ts";
import type { Demand } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";
import { giveWork, type WorkerMemories } from "#facades/taskqueue/newest/give-work.ts";
import type { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";
import { tellStatus } from "#facades/taskqueue/newest/tell-status.ts";
import { takeOutput } from "#facades/taskqueue/output.ts";
import { listedWorkers, type WorkerCalls } from "#facades/taskqueue/workers.ts";

type WorkerHandlers = Pick<
  ServiceImpl<typeof NewestTaskQueue>,
  | "registerWorker"
  | "registerSpecifications"
  | "pingAndTakeNewTasks"
  | "updateTaskStatus"
  | "sendTaskLogs"
  | "listWorkers"
>;

/** Workers tell memory and disk in GB. */
const gb = 1e9;

export function workerHandlers(ports: Ports, calls: WorkerCalls): WorkerHandlers {
  const memories: WorkerMemories = new Map();
  return {
    async registerWorker({ name, concurrency = 1, version = "", gpuCount = 0 }, context) {
      const capacity: Demand = gpuCount > 0 ? { [gpuResource]: gpuCount } : {};
      const { id, number } = await registerScitqWorker(ports, { name, slots: concurrency, version, capacity });
      memories.delete(id);
      calls.calling.note(context, id);
      return { workerId: number };
    },
    async registerSpecifications({ workerId, cpu, mem }) {
      const number = toNumber(workerId);
      if (!(cpu >= 0 && mem >= 0)) {
        throw new RefusedError("invalid", "cpu and mem must be 0 or more", cpu >= 0 ? "mem" : "cpu");
      }
      await describeScitqWorker(ports, { number, capacity: { cpu: cpu * 1_000, memory: Math.floor(mem * gb) } });
      return { success: true };
    },
    async pingAndTakeNewTasks(request, context) {
      const { worker, answer } = await giveWork(ports, memories, request);
      calls.calling.note(context, worker.id);
      return answer;
    },
    async updateTaskStatus(request, context) {
      await tellStatus(ports, calls, request, context);
      return { success: true };
    },
    async sendTaskLogs(messages, context) {
      const { appender, open } = calls;
      const parts = { appender, open, clock: ports.clock };
      return { success: await takeOutput(parts, messages, calls.calling.of(context), context) };
    },
    async listWorkers() {
      return { workers: (await listedWorkers(ports)).map(fromWorker) };
    },
  };
}

function toNumber(workerId: string): number {
  if (/^\d{1,10}$/.test(workerId)) return Number(workerId);
  throw new RefusedError("invalid", `worker_id: "${workerId.slice(0, 40)}" is not the number of a worker`, "worker_id");
}

function fromWorker(worker: Worker): MessageInitShape<typeof WorkerSchema> {
  const { number, name, slots, prefetch, version, capacity } = worker;
  const { cpu, memory, [gpuResource]: gpus } = capacity;
  return {
    workerId: number,
    name,
    concurrency: slots,
    prefetch,
    status: letterOfWorker(worker),
    version,
    ...(cpu === undefined ? {} : { flavorCpu: Math.floor(cpu / 1_000) }),
    ...(memory === undefined ? {} : { flavorMem: memory / gb }),
    ...(gpus === undefined ? {} : { flavorGpuCount: gpus }),
  };
}

/** Ready, paused, offline, or both of these: what is draining is paused for whoever gives out work. */
function letterOfWorker({ online, draining }: Worker): string {
  if (online) return draining ? "P" : "R";
  return draining ? "Q" : "O";
}
