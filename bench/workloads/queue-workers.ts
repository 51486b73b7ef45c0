import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  TaskListAndOtherSchema,
  TaskQueue,
  TaskStatusUpdateSchema,
  WorkerIdSchema,
} from "@tributary/proto/taskqueue/taskqueue_pb";
import { loadFrom } from "../harness/call-pool.ts";
import { RawCalls } from "../harness/raw-calls.ts";
import type { Result } from "../harness/result.ts";
import { Serving } from "../harness/serving.ts";
import { median, percentile } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Workload } from "../harness/workload.ts";
import { grpcJsPage } from "../peers/grpc-js-page.ts";
import { tryPeer } from "../peers/try-peer.ts";

const pathOf = (method: string) => `/taskqueue.TaskQueue/${method}`;
const taskCount = 10_000;
const workerCount = 4;
const concurrency = 8;
const pinging = 1_000;
const listed = 30_000;
const lines = 200_000;
const load = { atOnce: 100, seconds: 4 };
const environment = {
  TRIBUTARY_CALLS_PER_SECOND: "1000000",
  TRIBUTARY_LOG_LEVEL: "warn",
  TRIBUTARY_LOCAL_TASKQUEUE: "never",
};

const pingOf = (workerId: number) => toBinary(WorkerIdSchema, create(WorkerIdSchema, { workerId }));
const updateOf = (update: MessageInitShape<typeof TaskStatusUpdateSchema>) =>
  toBinary(TaskStatusUpdateSchema, create(TaskStatusUpdateSchema, update));

/** Asks, accepts and ends tasks that take no time, until all are done. */
async function work(url: string, workerId: number, left: { count: number }): Promise<void> {
  const calls = new RawCalls(url, "grpc");
  const ping = pingOf(workerId);
  const run = async (taskId: number) => {
    await calls.call(pathOf("UpdateTaskStatus"), updateOf({ taskId, newStatus: "C" }));
    await calls.call(pathOf("UpdateTaskStatus"), updateOf({ taskId, newStatus: "S" }));
    left.count -= 1;
  };
  while (left.count > 0) {
    const { tasks } = fromBinary(TaskListAndOtherSchema, await calls.call(pathOf("PingAndTakeNewTasks"), ping));
    await Promise.all(tasks.map(({ taskId }) => run(taskId)));
  }
  calls.close();
}

/** Tasks a second from the first ping to the last end. */
async function drain(url: string, workerIds: readonly number[]): Promise<number> {
  const left = { count: taskCount };
  const begun = performance.now();
  await Promise.all(workerIds.map((id) => work(url, id, left)));
  return (1_000 * taskCount) / (performance.now() - begun);
}

/** Lines a second of one task on one stream. */
async function sendLines(url: string, taskId: number): Promise<number> {
  const queue = createClient(TaskQueue, createGrpcTransport({ baseUrl: url }));
  async function* messages() {
    const logText = "a line as long as lines of logs mostly are, give or take a word";
    for (let n = 0; n < lines; n += 1) yield { taskId, logType: "stdout", logText };
  }
  const begun = performance.now();
  await queue.sendTaskLogs(messages());
  return (1_000 * lines) / (performance.now() - begun);
}

async function measureList(url: string): Promise<number> {
  const calls = new RawCalls(url, "grpc");
  const times: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    const begun = performance.now();
    await calls.call(pathOf("ListTasks"), new Uint8Array());
    times.push(performance.now() - begun);
  }
  calls.close();
  return median(times);
}

/** Everything of ours, on one server. */
async function measureOurs(serving: Serving) {
  const { url } = serving.process;
  const queue = createClient(TaskQueue, serving.transport);
  const workerIds: number[] = [];
  for (let n = 0; n < pinging; n += 1) {
    workerIds.push((await queue.registerWorker({ name: `bench-${n}`, concurrency })).workerId);
  }
  const pings = workerIds.map(pingOf);
  const pinged = await loadFrom(
    load.atOnce,
    { url, protocol: "grpc" },
    (calls, n) => calls.call(pathOf("PingAndTakeNewTasks"), pings[n % pings.length]!),
    load.seconds,
  );
  await serving.fill(taskCount, "true");
  const tasks = await drain(url, workerIds.slice(0, workerCount));
  const { taskId } = await queue.submitTask({ command: "true" });
  await queue.pingAndTakeNewTasks({ workerId: workerIds[0]! });
  await queue.updateTaskStatus({ taskId, newStatus: "C" });
  const sent = await sendLines(url, taskId);
  await queue.updateTaskStatus({ taskId, newStatus: "S" });
  await serving.fill(listed - taskCount - 1, "true");
  return { pinged, tasks, sent, list: await measureList(url) };
}

/** The same from memory. */
async function measureFloor(): Promise<{ tasks: number; sent: number }> {
  const child = fork(fileURLToPath(new URL("../peers/grpc-js-queue-server.ts", import.meta.url)), [String(taskCount)]);
  const exited = once(child, "exit");
  try {
    const [port] = (await once(child, "message")) as [number];
    const url = `http://127.0.0.1:${port}`;
    return { tasks: await drain(url, [1, 2, 3, 4]), sent: await sendLines(url, 1) };
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}

export const queueWorkers: Workload = {
  name: "W12",
  about: "scitq's workers: 1,000 that ping, 10,000 tasks on four of them, output, lists of 30,000",
  async run({ say }) {
    say("W12: workers of scitq");
    const ours = await withTemporaryFolder((folder) =>
      Serving.with({ slots: 1, dataFolder: folder, keep: true, environment }, measureOurs),
    );
    say("W12: grpc-js");
    let sent = 0;
    const tasks = await tryPeer(say, async () => {
      const floor = await measureFloor();
      ({ sent } = floor);
      return { name: "grpc-js, the same tasks from memory", value: floor.tasks };
    });
    const pings = await tryPeer(say, async () => {
      const { rate } = await grpcJsPage(new Uint8Array(), load);
      return { name: "grpc-js, an empty answer", value: rate };
    });
    const result = (what: string, value: number, unit: Result["unit"]) => ({ workload: "W12", what, value, unit });
    return [
      {
        ...result("10,000 tasks end to end on four workers, nothing run", ours.tasks, "/s"),
        beside: tasks,
      },
      {
        ...result("lines through SendTaskLogs", ours.sent, "/s"),
        beside: tasks.map(() => ({ name: "grpc-js, which keeps none", value: sent })),
      },
      { ...result("pings of 1,000 workers, 100 at a time", ours.pinged.rate, "/s"), beside: pings },
      { ...result("one of them, p99", percentile(ours.pinged.times, 0.99), "ms"), beside: [] },
      { ...result("ListTasks of 30,000, median", ours.list, "ms"), bar: 200, beside: [] },
    ];
  },
};
