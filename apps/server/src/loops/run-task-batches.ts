import type { Ports } from "#core/ports/index.ts";
import { advanceTaskBatches } from "#core/task-batches/advance-task-batches.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Does what was asked for many tasks, also what an earlier process began. */
export function startRunTaskBatches(
  ports: Pick<Ports, "store" | "clock" | "random" | "logs">,
  log: LoopOptions["log"],
): Loop {
  const { store } = ports;
  return startLoop({
    name: "run-task-batches",
    log,
    async step(signal) {
      while (!signal.aborted && (await advanceTaskBatches(ports)));
      return idle;
    },
    async wake(poke, signal) {
      for await (const _ of store.follow(store.position(), signal, ({ kind }) => kind === "task-batch-changed")) poke();
    },
  });
}
