import type { Ports } from "#core/ports/index.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Queues tasks whose back-off has ended. */
export function startReleaseDueTasks(ports: Ports, log: LoopOptions["log"]): Loop {
  const { store, clock } = ports;
  return startLoop({
    name: "release-due-tasks",
    log,
    async step() {
      const next = await releaseDueTasks(ports);
      return next === undefined ? idle : Math.max(1, next - clock.now());
    },
    async wake(poke, signal) {
      for await (const _ of store.follow(store.position(), signal, ({ kind }) => kind === "task-waiting")) poke();
    },
  });
}
