import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { type AttemptRef, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { hugeMemory } from "../harness/million.ts";
import { residentMegabytes } from "../harness/resident.ts";
import { Serving } from "../harness/serving.ts";
import { percentile } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";

const slots = 100;
const rounds = 200;
const workerId = "claims";
const end = { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 };

/** Milliseconds from sending the ends of a hundred to having the next hundred. */
async function claims({ workers }: Serving): Promise<number[]> {
  const client = createClient(DispatchService, workers);
  const memoryBytes = BigInt(hugeMemory) * BigInt(2 * slots);
  await client.register({ workerId, name: workerId, slots, cpuMillis: 0n, memoryBytes, version: "bench" });
  const stop = new AbortController();
  const times: number[] = [];
  let sentAt = 0;
  let got: AttemptRef[] = [];
  for await (const { order } of client.lease({ workerId, takesMany: true }, { signal: stop.signal })) {
    if (order.case !== "assignMany") continue;
    for (const { attempt } of order.value.assignments) got.push(attempt!);
    if (got.length < slots) continue;
    if (sentAt > 0) times.push(performance.now() - sentAt);
    if (times.length === rounds) break;
    const time = timestampNow();
    const reports = got.map((attempt) => ({ attempt, sequence: 1, phase: AttemptPhase.ENDED, time, end }));
    got = [];
    sentAt = performance.now();
    await client.report({ workerId, reports });
  }
  stop.abort();
  return times.slice(rounds / 10);
}

/** When the queue is loaded, memory stands still. */
async function settledMemory(pid: number): Promise<number> {
  let last = 0;
  for (;;) {
    const now = residentMegabytes(pid);
    if (Math.abs(now - last) < 1) return now;
    last = now;
    await sleep(1_000);
  }
}

async function floor(file: string): Promise<number> {
  const program = fileURLToPath(new URL("./rows-in-memory.ts", import.meta.url));
  const child = fork(program, [file]);
  const exited = once(child, "exit");
  await once(child, "message");
  const memory = residentMegabytes(child.pid!);
  child.kill("SIGKILL");
  await exited;
  return memory;
}

export const millionQueued: Workload = {
  name: "W6",
  about: "memory and claims with a million queued tasks",
  async run({ say, million }) {
    say("W6: a million tasks");
    const { dataFolder } = await million();
    say("W6: rows alone");
    const alone = await floor(join(dataFolder, "tributary.db"));
    say("W6: memory and claims");
    const { memory, times } = await Serving.with({ slots: 1, dataFolder, keep: true }, async (serving) => {
      const memory = await settledMemory(serving.process.pid);
      return { memory, times: await claims(serving) };
    });
    return [
      {
        workload: "W6",
        what: "resident memory of the server",
        value: memory,
        unit: "MB",
        bar: 250,
        beside: [{ name: "a process with the numbers and times of the rows alone", value: alone }],
      },
      {
        workload: "W6",
        what: "ends of 100 to the next 100 claimed, p99",
        value: percentile(times, 0.99),
        unit: "ms",
        bar: 15,
        beside: [{ name: "p50 of the same", value: percentile(times, 0.5) }],
      },
    ];
  },
};
