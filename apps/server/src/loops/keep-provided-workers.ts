import type { Entry } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import { isProvided, ProvidedWorkerKeeper } from "#core/providers/keep-provided-workers.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

interface Keeping {
  /** Where workers reach the server. */
  readonly server: string;
  /** Whether this server is the one of those that share the store that does what is done once. */
  readonly leads: () => boolean;
}

type Log = LoopOptions["log"] & ConstructorParameters<typeof ProvidedWorkerKeeper>[2];

/** Starts, watches and ends the workers that providers give. */
export function startKeepProvidedWorkers(ports: Ports, { server, leads }: Keeping, log: Log): Loop {
  const { store } = ports;
  const keeper = new ProvidedWorkerKeeper(ports, server, log);
  return startLoop({
    name: "keep-provided-workers",
    log,
    step: () => keeper.step(leads()),
    async wake(poke, signal) {
      const concerns = (entry: Entry) => "workerId" in entry && isProvided(entry.workerId);
      for await (const entries of store.follow(store.position(), signal, concerns)) {
        for (const entry of entries) {
          if (!("workerId" in entry)) continue;
          if (entry.kind !== "worker-changed") keeper.noteActivity(entry.workerId);
          if (entry.kind !== "attempt-assigned") poke();
        }
      }
    },
  });
}
