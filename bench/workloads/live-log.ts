import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LineSource, lineBytes } from "../harness/line-source.ts";
import type { Result } from "../harness/result.ts";
import { Serving } from "../harness/serving.ts";
import type { Watched } from "../harness/watchers.ts";
import type { Workload } from "../harness/workload.ts";

const seconds = 5;
const program = fileURLToPath(new URL("../harness/watchers.ts", import.meta.url));

interface Seen extends Watched {
  /** That reached each watcher in a second, from the first that was sent to the last that was seen. */
  readonly rate: number;
}

/** A log at a rate, watched live. @throws Error when a watcher missed something */
async function watch(rate: number, count: number): Promise<Seen> {
  return Serving.with({ slots: 1 }, async (serving) => {
    await serving.occupyLocalWorker();
    await serving.fill(1);
    const source = await LineSource.start(serving.workers);
    const child = fork(program, [JSON.stringify({ url: serving.process.url, taskId: source.taskId, count })]);
    await once(child, "message");
    const started = performance.now();
    const lines = await source.print(rate, seconds);
    const ended = once(child, "message");
    await source.end();
    const [watched] = (await ended) as [Watched];
    const took = (performance.now() - started) / 1_000;
    const wanted = lines * lineBytes * count;
    if (watched.bytes < wanted) throw new Error(`${wanted - watched.bytes} bytes never came`);
    return { ...watched, rate: lines / took };
  });
}

/** Lines a second that come out of a pipe and are counted. */
async function pipe(): Promise<number> {
  const child = spawn("sh", ["-c", `yes ${"x".repeat(lineBytes - 1)}`], { stdio: ["ignore", "pipe", "ignore"] });
  let lines = 0;
  const started = performance.now();
  for await (const part of child.stdout) {
    for (let at = (part as Buffer).indexOf(10); at >= 0; at = (part as Buffer).indexOf(10, at + 1)) lines += 1;
    if (performance.now() - started > 2_000) break;
  }
  const rate = lines / ((performance.now() - started) / 1_000);
  child.kill("SIGKILL");
  return rate;
}

export const liveLog: Workload = {
  name: "W4",
  about: "a log that is watched while it is written, by one and by a hundred",
  async run({ say }) {
    say("W4: one watcher");
    const one = await watch(310_000, 1);
    say("W4: a hundred watchers");
    const many = await watch(20_500, 100);
    say("W4: a pipe");
    const floor = { name: "lines of a pipe counted in Node", value: await pipe() };
    const rate = (what: string, { rate }: Seen, bar: number): Result => ({
      workload: "W4",
      what,
      value: rate,
      unit: "/s",
      bar,
      beside: [floor],
    });
    const lag = (what: string, seen: Seen, bar: number): Result => ({
      workload: "W4",
      what,
      value: seen.lagP99,
      unit: "ms",
      bar,
      beside: [{ name: "p50 of the same", value: seen.lagP50 }],
    });
    return [
      rate("lines to one watcher, of 310,000 a second that are printed", one, 300_000),
      lag("their lag, p99", one, 30),
      rate("lines to each of 100 watchers, of 20,500 that are printed", many, 20_000),
      lag("their lag, p99", many, 50),
    ];
  },
};
