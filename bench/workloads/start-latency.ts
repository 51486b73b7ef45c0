import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LeanClient } from "../harness/lean-client.ts";
import { NoOpWorker } from "../harness/no-op-worker.ts";
import { Serving } from "../harness/serving.ts";
import { percentile } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import type { Workload } from "../harness/workload.ts";
import { bullmqLatencies, bullmqName } from "../peers/bullmq.ts";
import { tryPeer } from "../peers/try-peer.ts";

const count = 200;
const warmUp = 50;
/** Submits one right after another before the first that counts, to us and to the peer: both have run for a while. */
const before = 500;
const pause = 10;

/** Milliseconds from the call that submits to the order that a worker gets, one at a time. */
async function toTheWorker(): Promise<number[]> {
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    let started = Promise.withResolvers<number>();
    const onAssign = () => started.resolve(performance.now());
    const worker = await NoOpWorker.start(serving.workersSocket, { slots: 8, onAssign });
    const queue = new LeanClient(serving.process.url);
    const latencies: number[] = [];
    for (let n = 0; n < before + count; n++) {
      started = Promise.withResolvers();
      const asked = performance.now();
      await queue.call(TaskQueue.method.submitTask, { command: "x".repeat(300) });
      latencies.push((await started.promise) - asked);
      if (n >= before) await sleep(pause);
    }
    worker.stop();
    queue.close();
    return latencies.slice(before);
  });
}

/** The same to what the task's shell does first: it notes the time. */
async function toTheProcess(): Promise<number[]> {
  return withTemporaryFolder((folder) =>
    Serving.with({ slots: 2 }, async (serving) => {
      const queue = new LeanClient(serving.process.url);
      const asked: number[] = [];
      const note = (n: number) => join(folder, String(n));
      for (let n = 0; n < count + warmUp; n++) {
        asked.push(performance.timeOrigin + performance.now());
        await queue.call(TaskQueue.method.submitTask, { command: `echo $EPOCHREALTIME > ${note(n)}` });
        while (read(note(n)) === "") await sleep(pause);
      }
      queue.close();
      return asked.map((at, n) => Number(read(note(n)).replace(",", ".")) * 1_000 - at).slice(warmUp);
    }),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

export const startLatency: Workload = {
  name: "W2",
  about: "200 single submits to an idle server, until the task starts",
  async run({ say }) {
    say("W2: to a worker");
    const plain = await toTheWorker();
    say("W2: to a process");
    const processes = await toTheProcess();
    say("W2: BullMQ");
    let peer: number[] = [];
    const beside = await tryPeer(say, async () => {
      peer = await bullmqLatencies({ before, count, pause });
      return { name: bullmqName, value: percentile(peer, 0.5) };
    });
    const row = (what: string, values: readonly number[], share: number, bar: number) => ({
      workload: "W2",
      what,
      value: percentile(values, share),
      unit: "ms" as const,
      bar,
      beside: beside.map(({ name }) => ({ name, value: percentile(peer, share) })),
    });
    return [
      row("submit to a worker's order, p50", plain, 0.5, 1),
      row("submit to a worker's order, p99", plain, 0.99, 3),
      row("submit to the first thing that its shell does, p50", processes, 0.5, 2.5),
      row("submit to the first thing that its shell does, p99", processes, 0.99, 8),
    ];
  },
};
