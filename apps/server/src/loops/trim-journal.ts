import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const every = 60_000;
/** Entries that are kept for followers that were away. */
const kept = 1_000_000;

/** Forgets the oldest journal entries. */
export function startTrimJournal({ store }: Pick<Ports, "store">, log: LoopOptions["log"]): Loop {
  return startLoop({
    name: "trim-journal",
    log,
    async step() {
      const before = store.position() - kept;
      if (before > 0) await store.trim(before);
      return every;
    },
  });
}
