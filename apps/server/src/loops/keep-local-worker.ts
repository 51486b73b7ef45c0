import type { Ports } from "#core/ports/index.ts";
import type { LocalWorker } from "#core/ports/local-worker.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const look = 5_000;

/** Sees to it that this machine's worker runs: starts it at once, and again when it has gone. */
export function startKeepLocalWorker(
  { leases }: Pick<Ports, "leases">,
  localWorker: LocalWorker,
  log: LoopOptions["log"],
): Loop {
  return startLoop({
    name: "keep-local-worker",
    log,
    async step() {
      if (!leases.isHeard()) await localWorker.ensure();
      return look;
    },
  });
}
