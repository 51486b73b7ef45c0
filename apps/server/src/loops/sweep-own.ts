import type { Ports } from "#core/ports/index.ts";
import { sweepOwn } from "#core/retention/sweep-own.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** Removes what has been kept for long enough in this server's own folders; what is shared is swept by one server. */
export function startSweepOwn(ports: Ports, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "sweep-own",
    log,
    async step(signal) {
      await sweepOwn(ports, signal);
      return ports.retention.sweepEvery;
    },
  });
}
