import type { Entry } from "#core/journal/entry.ts";
import { probeReplicas } from "#core/models/probe-replicas.ts";
import type { Ports } from "#core/ports/index.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** While some are starting, while all are ready, and while there are none. */
const [soon, later, idle] = [250, 5_000, 60_000];

/** Asks what serves models on this server's machine whether it is ready. */
export function startProbeReplicas(ports: Ports, log: LoopOptions["log"]): Loop {
  const failures = new Map<TaskId, number>();
  // Where nothing serves models, the start of a task is no reason to look.
  let asked = 0;
  let some = true;
  return startLoop({
    name: "probe-replicas",
    log,
    async step() {
      const before = asked;
      const { starting, count, some: found } = await probeReplicas(ports, failures);
      if (asked === before) some = found;
      if (starting) return soon;
      return count > 0 ? later : idle;
    },
    async wake(poke, signal) {
      // What was queued before is not told.
      asked += 1;
      some = true;
      const concerns = (entry: Entry) =>
        (entry.kind === "task-queued" && entry.stays === true) ||
        (some && entry.kind === "attempt-advanced" && entry.phase === "running") ||
        entry.kind === "model-changed";
      for await (const entries of ports.store.follow(ports.store.position(), signal, concerns)) {
        if (entries.some((entry) => entry.kind === "task-queued" && entry.stays)) {
          asked += 1;
          some = true;
        }
        const isStart = some && entries.some((entry) => entry.kind === "attempt-advanced" && entry.phase === "running");
        if (isStart || entries.some(({ kind }) => kind === "model-changed")) poke();
      }
    },
  });
}
