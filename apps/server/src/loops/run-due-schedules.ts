import type { Ports } from "#core/ports/index.ts";
import { runDueSchedules } from "#core/schedules/run-due-schedules.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Runs the tasks of schedules when their time has come. */
export function startRunDueSchedules(ports: Ports, log: LoopOptions["log"]): Loop {
  const { store, clock } = ports;
  return startLoop({
    name: "run-due-schedules",
    log,
    async step() {
      const next = await runDueSchedules(ports);
      return next === undefined ? idle : Math.max(1, next - clock.now());
    },
    async wake(poke, signal) {
      for await (const _ of store.follow(store.position(), signal, ({ kind }) => kind === "schedule-changed")) poke();
    },
  });
}
