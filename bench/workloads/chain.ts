import { createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { LeanClient } from "../harness/lean-client.ts";
import { NoOpWorker } from "../harness/no-op-worker.ts";
import { Serving } from "../harness/serving.ts";
import { median } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";
import { bullmqChain, bullmqName } from "../peers/bullmq.ts";
import { tryPeer } from "../peers/try-peer.ts";

const length = 40;
const times = 10;
/** Chains before the first that counts, of ours and of the peer's: both have run for a while. */
const before = 10;

/** A client submits the next task as soon as the end of the one before is acknowledged to its worker. */
async function withoutProcesses(): Promise<number[]> {
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    let ended = Promise.withResolvers<void>();
    const onEnded = () => ended.resolve();
    const worker = await NoOpWorker.start(serving.workersSocket, { slots: 8, onEnded });
    const queue = new LeanClient(serving.process.url);
    const all: number[] = [];
    for (let n = 0; n < before + times; n++) {
      const started = performance.now();
      for (let step = 0; step < length; step++) {
        ended = Promise.withResolvers();
        await queue.call(TaskQueue.method.submitTask, { command: "x".repeat(300) });
        await ended.promise;
      }
      all.push(performance.now() - started);
    }
    worker.stop();
    queue.close();
    return all.slice(before);
  });
}

/** A client submits the next task as soon as the log of the one before ends, which is its end. */
async function withProcesses(): Promise<number[]> {
  return Serving.with({ slots: 2 }, async (serving) => {
    const queue = new LeanClient(serving.process.url);
    const logs = createClient(LogService, serving.transport);
    const all: number[] = [];
    for (let n = 0; n <= times; n++) {
      const started = performance.now();
      for (let step = 0; step < length; step++) {
        const { taskId } = await queue.call(TaskQueue.method.submitTask, { command: "true" });
        for await (const _ of logs.followLog({ taskId }));
      }
      all.push(performance.now() - started);
    }
    queue.close();
    return all.slice(1);
  });
}

export const chain: Workload = {
  name: "W3",
  about: "a chain of 40 tasks, each submitted when the one before has ended",
  async run({ say }) {
    say("W3: without processes");
    const plain = median(await withoutProcesses());
    say("W3: with processes");
    const processes = median(await withProcesses());
    say("W3: BullMQ");
    const peer = await tryPeer(say, async () => ({
      name: bullmqName,
      value: median(await bullmqChain(length, { before, times })),
    }));
    const row = (what: string, value: number, bar: number) => ({
      workload: "W3",
      what,
      value,
      unit: "ms" as const,
      bar,
      beside: peer,
    });
    return [
      row("40 tasks one after another, without processes", plain, 30),
      row("40 tasks one after another, a process each", processes, 120),
    ];
  },
};
