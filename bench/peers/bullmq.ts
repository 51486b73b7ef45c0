import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { freePort } from "../harness/free-port.ts";
import { needProgram } from "../harness/need-program.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";

export const bullmqName = "BullMQ on Redis, which may lose a second";

interface Bull {
  readonly queue: Queue;
  /** What is done with each job from now on. */
  process: () => Promise<void> | void;
}

interface Latencies {
  /** Jobs one right after another that do not count. */
  readonly before: number;
  readonly count: number;
  /** Milliseconds between those that do. */
  readonly pause: number;
}

/** Milliseconds from each call of `add` to the call of its processor, one at a time. */
export async function bullmqLatencies({ before, count, pause }: Latencies): Promise<number[]> {
  return withBull(async (bull) => {
    const latencies: number[] = [];
    for (let n = 0; n < before + count; n++) {
      const started = Promise.withResolvers<number>();
      bull.process = () => started.resolve(performance.now());
      const asked = performance.now();
      await bull.queue.add("no-op", { text: "x".repeat(300) });
      latencies.push((await started.promise) - asked);
      if (n >= before) await sleep(pause);
    }
    return latencies.slice(before);
  });
}

interface Chains {
  /** Those that do not count. */
  readonly before: number;
  readonly times: number;
}

/** Milliseconds for a chain of jobs, each of which adds the next. */
export async function bullmqChain(length: number, { before, times }: Chains): Promise<number[]> {
  return withBull(async (bull) => {
    const all: number[] = [];
    for (let n = 0; n < before + times; n++) {
      const done = Promise.withResolvers<void>();
      let left = length;
      bull.process = async () => {
        if (--left === 0) done.resolve();
        else await bull.queue.add("no-op", { text: "x".repeat(300) });
      };
      const started = performance.now();
      await bull.queue.add("no-op", {});
      await done.promise;
      all.push(performance.now() - started);
    }
    return all.slice(before);
  });
}

async function withBull<T>(act: (bull: Bull) => Promise<T>): Promise<T> {
  return withRedis(async (port) => {
    const connection = new Redis(port, "127.0.0.1", { maxRetriesPerRequest: null });
    const bull: Bull = { queue: new Queue("bench", { connection }), process: () => undefined };
    const options = { connection, concurrency: 50, removeOnComplete: { count: 0 } };
    const worker = new Worker("bench", async () => bull.process(), options);
    await worker.waitUntilReady();
    try {
      return await act(bull);
    } finally {
      await worker.close();
      await bull.queue.close();
      connection.disconnect();
    }
  });
}

async function withRedis<T>(act: (port: number) => Promise<T>): Promise<T> {
  const program = needProgram("redis-server", "redis-server");
  return withTemporaryFolder(async (folder) => {
    const port = await freePort();
    const options = { port, bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes", appendfsync: "everysec" };
    const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const redis = spawn(program, argv, { stdio: ["ignore", "pipe", "ignore"] });
    const exited = once(redis, "exit");
    try {
      for await (const line of createInterface({ input: redis.stdout })) if (line.includes("Ready to accept")) break;
      redis.stdout.resume();
      return await act(port);
    } finally {
      redis.kill("SIGTERM");
      await exited;
    }
  });
}
