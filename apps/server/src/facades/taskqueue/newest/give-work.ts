import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { PingRequestSchema, TaskListAndOtherSchema, TaskSignalSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { loseMissing } from "#core/dispatch/lose-missing.ts";
import { type Pinged, pingWorker } from "#core/dispatch/ping-worker.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Worker } from "#core/workers/worker.ts";
import { fromTask } from "#facades/taskqueue/newest/from-task.ts";
import { toMachineLoad } from "#facades/taskqueue/newest/to-machine-load.ts";
import { type Listed, WorkerMemory } from "#facades/taskqueue/newest/worker-memory.ts";

type Answer = MessageInitShape<typeof TaskListAndOtherSchema>;
type Held = Pinged["begun"][number];

/** Milliseconds that a task has to end by itself before it is killed. */
const grace = 10_000;

/** Remembers what each worker was told, by its id. */
export type WorkerMemories = Map<string, WorkerMemory>;

export interface WorkGiven {
  readonly worker: Worker;
  readonly answer: Answer;
}

/**
 * Takes a ping and answers what is new to the worker, what it is to go on with, and what it is to end.
 *
 * @throws RefusedError `not-found` for a number that no worker has
 */
export async function giveWork(
  ports: Ports,
  memories: WorkerMemories,
  { workerId, stats, knownTaskIds, reportsKnownTasks }: MessageShape<typeof PingRequestSchema>,
): Promise<WorkGiven> {
  const { worker, assignments, begun } = await pingWorker(ports, workerId, {
    takes: takesAtOnce(stats?.effectiveConcurrency),
  });
  if (stats) ports.leases.noteLoad(worker.id, toMachineLoad(stats, worker));
  const memory = memories.get(worker.id) ?? new WorkerMemory();
  memories.set(worker.id, memory);
  memory.keep([...assignments, ...begun].map(({ attempt }) => attempt));
  const listsAll = reportsKnownTasks || knownTaskIds.length > 0;
  const listed: Listed = { known: listsAll ? new Set(knownTaskIds) : undefined, at: ports.clock.monotonic() };
  const fresh = assignments.filter(({ attempt }) => memory.handOut(attempt, listed));
  const missing = begun.filter(({ attempt }) => memory.isLost(attempt, listed));
  await loseMissing(ports, { worker, missing: missing.map(({ attempt }) => attempt) });
  // What was handed out is the worker's before it has said so: it ends what is in neither list.
  const active = [...assignments, ...begun].filter(
    (held) => !fresh.some((one) => one === held) && !missing.includes(held),
  );
  const answer: Answer = {
    tasks: fresh.map(({ task, spec }) => fromTask(task, spec, worker.number)),
    concurrency: worker.slots,
    updates: {},
    activeTasks: active.map(({ task }) => task.id),
    signals: begun.flatMap((held) => signalOf(memory, held, listed.at)),
  };
  return { worker, answer };
}

/** Undefined for a worker that does not hold itself back. */
function takesAtOnce(effective: number | undefined): number | undefined {
  return effective !== undefined && effective > 0 ? effective : undefined;
}

/** What is cancelled is stopped, and killed when it goes on. */
function signalOf(
  memory: WorkerMemory,
  { task, attempt }: Held,
  at: number,
): readonly MessageInitShape<typeof TaskSignalSchema>[] {
  if (task.state !== "cancelling") return [];
  const signal = memory.sinceCancel(attempt, at) < grace ? "T" : "K";
  return [{ taskId: task.id, signal, gracePeriod: signal === "T" ? grace / 1_000 : 0 }];
}
