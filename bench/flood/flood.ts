import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LeanClient } from "../harness/lean-client.ts";
import { LineSource } from "../harness/line-source.ts";
import { NoOpWorker } from "../harness/no-op-worker.ts";
import { residentMegabytes } from "../harness/resident.ts";
import { Serving } from "../harness/serving.ts";
import type { Watched } from "../harness/watchers.ts";

const tasksInTenMinutes = 1_000_000;
const linesPerSecond = 50_000;
const submittersAtOnce = 32;
const watchers = fileURLToPath(new URL("../harness/watchers.ts", import.meta.url));

/** The server at one moment of the flood. */
export interface Sample {
  readonly seconds: number;
  readonly megabytes: number;
  /** Until then. */
  readonly submitted: number;
  readonly ended: number;
}

export interface Flood {
  readonly minutes: number;
  readonly samples: readonly Sample[];
  readonly lines: number;
  readonly lagP99: number;
}

/** Submits a hundred thousand tasks a minute, all of which are run, while a log grows by 50,000 lines a second and is watched. */
export async function flood(minutes: number, say: (text: string) => void): Promise<Flood> {
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    await serving.fill(1);
    const source = await LineSource.start(serving.workers);
    const ask = { url: serving.process.url, taskId: source.taskId, count: 1 };
    const watching = fork(watchers, [JSON.stringify(ask)]);
    await once(watching, "message");
    const worker = await NoOpWorker.start(serving.workersSocket, { slots: 500 });
    const samples: Sample[] = [];
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1_000;
    const submits = new Submits(serving, tasksInTenMinutes / 600);
    const sampler = setInterval(() => {
      const megabytes = residentMegabytes(serving.process.pid);
      samples.push({ seconds: seconds(), megabytes, submitted: submits.count, ended: worker.ended });
      if (samples.length % 30 === 0) say(`flood: ${seconds().toFixed(0)} s, ${megabytes.toFixed(0)} MB`);
    }, 1_000);
    const [lines] = await Promise.all([source.print(linesPerSecond, minutes * 60), submits.run(minutes * 60)]);
    clearInterval(sampler);
    const watched = once(watching, "message");
    await source.end();
    const [{ lagP99 }] = (await watched) as [Watched];
    worker.stop();
    return { minutes, samples, lines, lagP99 };
  });
}

/** Submits at a rate, as far as the server keeps up. */
class Submits {
  count = 0;
  readonly #serving: Serving;
  readonly #rate: number;

  constructor(serving: Serving, rate: number) {
    this.#serving = serving;
    this.#rate = rate;
  }

  async run(seconds: number): Promise<void> {
    // Of the two processors a whole client would take more than the server does.
    const client = new LeanClient(this.#serving.process.url);
    const started = performance.now();
    const passed = () => (performance.now() - started) / 1_000;
    let asked = 0;
    const submitAll = async () => {
      while (passed() < seconds) {
        if (asked > passed() * this.#rate) await new Promise((resolve) => setTimeout(resolve, 5));
        else {
          asked += 1;
          await client.call(TaskQueue.method.submitTask, { command: "x".repeat(300) });
          this.count += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: submittersAtOnce }, submitAll));
    client.close();
  }
}
