import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { loadFrom } from "../harness/call-pool.ts";
import { cpuTimeOf } from "../harness/cpu-time.ts";
import type { Result } from "../harness/result.ts";
import { Serving } from "../harness/serving.ts";
import { median, percentile } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Bench, Workload } from "../harness/workload.ts";
import { GrpcJsSubmit } from "../peers/grpc-js-submit.ts";

const { input } = TaskQueue.method.submitTask;
const path = "/taskqueue.TaskQueue/SubmitTask";
const message = toBinary(input, create(input, { command: "x".repeat(300) }));
const callers = [1, 16, 64, 400];
const seconds = 3;

/** Limits of one caller would end the measurement, and a line a call is not what is compared. */
const environment = { TRIBUTARY_CALLS_PER_SECOND: "1000000", TRIBUTARY_LOG_LEVEL: "warn" };

const ways = ["lean", "connect", "grouped", "each"] as const;
type Way = (typeof ways)[number];

const names: Readonly<Record<"grouped" | "each", string>> = {
  grouped: "grpc-js, the same rows in SQLite, calls of a turn in one commit",
  each: "grpc-js, the same rows in SQLite, a commit each",
};

interface Target {
  readonly url: string;
  readonly pid: number;
}

interface Figures {
  readonly rate: number;
  readonly p99: number;
  /** Microseconds of processor time a call, where the system tells. */
  readonly cpu: number;
}

async function measureOnce(way: Way, { url, pid }: Target, count: number): Promise<Figures> {
  const protocol = way === "connect" ? "connect" : "grpc";
  let calls = 0;
  const before = cpuTimeOf(pid);
  const { rate, times } = await loadFrom(
    count,
    { url, protocol },
    (pool) => pool.call(path, message).then(() => calls++),
    seconds,
  );
  const after = cpuTimeOf(pid);
  const cpu = before === undefined || after === undefined ? Number.NaN : (1_000 * (after - before)) / calls;
  return { rate, p99: percentile(times, 0.99), cpu };
}

/** One way after the other, so that what else the machine does meets all of them. */
async function measure(
  { say, repeats }: Bench,
  targets: Record<Way, Target>,
  count: number,
): Promise<Record<Way, Figures>> {
  const all: Record<Way, Figures[]> = { lean: [], connect: [], grouped: [], each: [] };
  for (let n = 0; n < repeats; n++) {
    say(`W9: ${count} callers`);
    for (const way of ways) all[way].push(await measureOnce(way, targets[way], count));
  }
  const middle = (way: Way, figure: keyof Figures) => median(all[way].map((one) => one[figure]));
  const of = (way: Way): Figures => ({ rate: middle(way, "rate"), p99: middle(way, "p99"), cpu: middle(way, "cpu") });
  return { lean: of("lean"), connect: of("connect"), grouped: of("grouped"), each: of("each") };
}

function resultsOf(count: number, figures: Record<Way, Figures>): Result[] {
  const beside = (figure: keyof Figures, share?: number) =>
    (["grouped", "each"] as const).map((way) => ({
      name: names[way],
      value: figures[way][figure],
      ...(share === undefined ? {} : { share }),
    }));
  const who = `${count} ${count === 1 ? "caller" : "callers"}`;
  const spent = ways.map((way) => `${way} ${figures[way].cpu.toFixed(0)} µs`).join(", ");
  return [
    {
      workload: "W9",
      what: `SubmitTask over gRPC, ${who}`,
      value: figures.lean.rate,
      unit: "/s",
      beside: beside("rate", 1),
      note: `processor time a call: ${spent}`,
    },
    {
      workload: "W9",
      what: `one of them, p99 with ${who}`,
      value: figures.lean.p99,
      unit: "ms",
      beside: beside("p99"),
    },
    {
      workload: "W9",
      what: `SubmitTask over Connect, ${who}`,
      value: figures.connect.rate,
      unit: "/s",
      beside: beside("rate", 0.2),
    },
  ];
}

async function measureAll(bench: Bench, folder: string, serving: Serving): Promise<Result[]> {
  // A task that waits, whose rows the peers write again.
  await serving.fill(1);
  const peers: GrpcJsSubmit[] = [];
  const peer = async (commits: "each" | "grouped") => {
    const database = join(folder, `${commits}.db`);
    await serving.copyDatabase(database);
    const started = await GrpcJsSubmit.start(database, commits);
    peers.push(started);
    return started;
  };
  try {
    const own = { url: serving.process.url, pid: serving.process.pid };
    const targets = { lean: own, connect: own, grouped: await peer("grouped"), each: await peer("each") };
    // One that has just been started runs what it has not yet compiled: all of them have served for a while.
    for (const way of ways) {
      bench.say(`W9: ${way}, not measured`);
      await measureOnce(way, targets[way], 64);
    }
    const results: Result[] = [];
    for (const count of callers) results.push(...resultsOf(count, await measure(bench, targets, count)));
    return results;
  } finally {
    await Promise.all(peers.map((one) => one.end()));
  }
}

export const submitCalls: Workload = {
  name: "W9",
  about: "SubmitTask, durable, from 1 to 400 callers, over gRPC and Connect",
  run: (bench) =>
    withTemporaryFolder((folder) =>
      Serving.with({ slots: 1, dataFolder: join(folder, "data"), keep: true, environment }, async (serving) => {
        const held = await serving.occupyLocalWorker();
        try {
          return await measureAll(bench, folder, serving);
        } finally {
          await serving.endTask(held);
        }
      }),
    ),
};
