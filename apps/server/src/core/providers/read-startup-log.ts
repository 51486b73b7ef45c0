import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { installationOf } from "#core/providers/installation.ts";
import { launchName } from "#core/providers/provided-worker.ts";

/** Unit of work. */
async function readProvided(tx: Tx, workerId: string) {
  return (await tx.providedWorkers.getMany([workerId])).get(workerId);
}

/** The end of what a provided worker's program has printed; undefined where there is nothing. */
export async function readStartupLog(
  ports: Pick<Ports, "store" | "random" | "providers">,
  workerId: string,
): Promise<string | undefined> {
  const row = await ports.store.transact(readProvided, workerId);
  const provider = ports.providers.find(({ name }) => name === row?.provider);
  if (!row || !provider) return undefined;
  const installation = await installationOf(ports);
  // Between two starts the last one is of interest.
  for (const launch of [row.launch, row.launch - 1]) {
    const name = launchName(installation, { number: row.number, launch });
    const log = await provider.readLog({ name, region: row.region });
    if (log !== undefined) return log;
  }
  return undefined;
}
