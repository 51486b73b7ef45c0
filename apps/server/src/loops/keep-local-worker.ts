import type { Ports } from "#core/ports/index.ts";
import type { LocalWorker } from "#core/ports/local-worker.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** Between two looks at the process, which must be back well before its lease ends. */
const look = 500;
/** One whose process is there is given this long to be heard of. */
const patience = 5_000;
/** One that ends as soon as it is started is not started all the time. */
const pause = 2_000;

/** Sees to it that this machine's worker runs: starts it at once, and again when it has gone. */
export function startKeepLocalWorker(
  { leases, clock }: Pick<Ports, "leases" | "clock">,
  localWorker: LocalWorker,
  log: LoopOptions["log"],
): Loop {
  let askedAt = Number.NEGATIVE_INFINITY;
  return startLoop({
    name: "keep-local-worker",
    log,
    async step() {
      const since = clock.monotonic() - askedAt;
      const isSilent = !leases.isHeard() && since >= patience;
      if (isSilent || (since >= pause && !(await localWorker.lives()))) {
        askedAt = clock.monotonic();
        await localWorker.ensure();
      }
      return look;
    },
  });
}
