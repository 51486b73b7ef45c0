import { expireLeases } from "#core/dispatch/expire-leases.ts";
import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** Gives up workers that are silent for too long. */
export function startExpireLeases(ports: Ports, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "expire-leases",
    log,
    async step() {
      await expireLeases(ports);
      return ports.leases.duration / 10;
    },
  });
}
