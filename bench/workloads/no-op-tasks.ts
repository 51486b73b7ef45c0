import { NoOpWorker } from "../harness/no-op-worker.ts";
import { Serving } from "../harness/serving.ts";
import { median, repeat } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";
import { graphileDrain } from "../peers/graphile-worker.ts";
import { tryPeer } from "../peers/try-peer.ts";
import { drainInCore } from "./drain-in-core.ts";
import { rawRows } from "./raw-rows.ts";

const tasks = 20_000;

/** Queued beforehand; from the worker's registration to the last end that is acknowledged, which is durable then. */
async function drain(): Promise<number> {
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    await serving.fill(tasks);
    const done = Promise.withResolvers<void>();
    const started = performance.now();
    const worker = await NoOpWorker.start(serving.workersSocket, {
      slots: 1_000,
      onEnded: () => {
        if (worker?.ended === tasks) done.resolve();
      },
    });
    await done.promise;
    const seconds = (performance.now() - started) / 1_000;
    worker.stop();
    return tasks / seconds;
  });
}

export const noOpTasks: Workload = {
  name: "W1",
  about: "20,000 no-op tasks that wait in the queue, without processes",
  async run({ say, repeats }) {
    say("W1: over the workers' protocol");
    const ours = median(await repeat(repeats, drain));
    say("W1: in the core");
    const core = median(await repeat(repeats, () => drainInCore(tasks)));
    say("W1: the same rows by node:sqlite");
    const rows = median(await repeat(repeats, () => rawRows(tasks)));
    say("W1: graphile-worker");
    const peer = await tryPeer(say, () => graphileDrain(tasks));
    return [
      {
        workload: "W1",
        what: "no-op tasks through a real server, a worker on its unix socket",
        value: ours,
        unit: "/s",
        bar: 35_000,
        beside: [{ name: "raw node:sqlite, the same rows", value: rows, share: 0.45 }, ...peer],
      },
      {
        workload: "W1",
        what: "the same by the core alone, without a wire",
        value: core,
        unit: "/s",
        beside: [{ name: "raw node:sqlite, the same rows", value: rows, share: 0.45 }],
      },
    ];
  },
};
