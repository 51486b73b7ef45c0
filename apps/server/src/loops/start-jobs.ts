import { JobStarter } from "#core/jobs/start-jobs.ts";
import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Fetches what jobs wait for, and starts them. */
export function startStartJobs(ports: Ports, log: LoopOptions["log"]): Loop {
  const { clock, staging } = ports;
  const starter = new JobStarter(ports);
  return startLoop({
    name: "start-jobs",
    log,
    async step() {
      const next = await starter.step();
      return next === undefined ? idle : Math.max(1, next - clock.now());
    },
    async wake(poke, signal) {
      staging.onChange(poke, signal);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
  });
}
