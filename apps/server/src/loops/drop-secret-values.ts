import type { Ports } from "#core/ports/index.ts";
import { dropSuperseded, forgetReads } from "#core/secrets/superseded.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const every = 30_000;
const batch = 500;

/** Drops values of replaced and deleted secrets once the last attempt that was given them has ended. */
export function startDropSecretValues({ store }: Pick<Ports, "store">, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "drop-secret-values",
    log,
    async step(signal) {
      for (const unit of [dropSuperseded, forgetReads]) {
        let done = batch;
        while (done === batch && !signal.aborted) done = await store.transact(unit, batch);
      }
      return every;
    },
  });
}
