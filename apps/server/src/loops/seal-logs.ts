import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Ends the logs of tasks that end without a worker's word: those that wait for what will never come. */
export function startSealLogs({ store, logs }: Pick<Ports, "store" | "logs">, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "seal-logs",
    log,
    step: async () => idle,
    async wake(_, signal) {
      for await (const entries of store.follow(store.position(), signal, ({ kind }) => kind === "task-ended")) {
        for (const entry of entries) if (entry.kind === "task-ended") logs.seal(entry.taskId);
      }
    },
  });
}
