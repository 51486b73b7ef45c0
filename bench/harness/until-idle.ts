import { setTimeout as sleep } from "node:timers/promises";
import { cpuTimeOf } from "./cpu-time.ts";

const lookEvery = 500;
const longestWait = 60_000;

/** Waits until a process does next to nothing: a server that has just started goes on to load its queue, for seconds. */
export async function untilIdle(pid: number): Promise<void> {
  const from = performance.now();
  let last = Number.NEGATIVE_INFINITY;
  while (performance.now() - from < longestWait) {
    const now = cpuTimeOf(pid);
    if (now === undefined || now - last < lookEvery / 20) return;
    last = now;
    await sleep(lookEvery);
  }
}
