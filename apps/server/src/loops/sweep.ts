import { trimJournal } from "#core/journal/trim-journal.ts";
import type { Ports } from "#core/ports/index.ts";
import { sweep } from "#core/retention/sweep.ts";
import { lastSweeps } from "#core/retention/sweep-result.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** The journal grows with every change: it is looked after between sweeps too. */
const betweenTrims = 60_000;

export interface SweepLog {
  info(details: Record<string, unknown>, message: string): void;
  warn(details: Record<string, unknown>, message: string): void;
}

/** Removes what has been kept for long enough, as often as the retention says, whichever server made the last sweep. */
export function startSweep(ports: Ports, log: LoopOptions["log"] & SweepLog): Loop {
  const { clock, retention } = ports;
  const stopping = new AbortController();
  const loop = startLoop({
    name: "sweep",
    log,
    async step() {
      await trimJournal(ports, retention.journal);
      const last = await lastSweeps(ports);
      const isDue = last === undefined || Math.abs(clock.now() - last.last.startedAt) >= retention.sweepEvery;
      if (isDue) tell(await sweep(ports, stopping.signal), log);
      return Math.min(betweenTrims, retention.sweepEvery);
    },
  });
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
    },
  };
}

function tell({ removed, problems }: Awaited<ReturnType<typeof sweep>>, log: SweepLog): void {
  const sum = Object.values(removed).reduce((all, count) => all + count, 0);
  if (sum > 0) log.info({ removed }, "what had been kept for long enough was removed");
  for (const problem of problems) log.warn({ problem }, "something could not be swept; the next sweep tries again");
}
