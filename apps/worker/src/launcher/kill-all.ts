import { setTimeout as delay } from "node:timers/promises";
import { send } from "./processes.ts";

const UNKILLABLE_MS = 5_000;
const PAUSE_MS = 20;

/**
 * Ends all processes that `find` names (a negative number is a group): TERM once each, KILL after the grace time,
 * until none is found. Returns how many could not be killed within five seconds more; they belong to another user or
 * hang in the kernel.
 */
export async function killAll(find: () => Promise<readonly number[]>, graceMs: number): Promise<number> {
  const killAt = performance.now() + graceMs;
  const told = new Set<number>();
  for (;;) {
    const began = performance.now();
    const pids = await find();
    const now = performance.now();
    const overdue = now - killAt;
    if (pids.length === 0 || overdue > UNKILLABLE_MS) return pids.length;
    for (const pid of pids) {
      if (overdue > 0) send(pid, "SIGKILL");
      else if (!told.has(pid)) send(pid, "SIGTERM");
      told.add(pid);
    }
    // On a machine with many processes, looking takes long: it may take a third of this process's time at most.
    await delay(Math.max(PAUSE_MS, 2 * (now - began)));
  }
}
