import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { chooseMachine, type MachineAsk } from "#core/providers/choose-machine.ts";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";

const mostAtOnce = 100;
const mostSlots = 10_000;
const mostPrefetch = 10_000;

export interface CreateWorkers extends MachineAsk {
  /** How many; 0 makes none. */
  readonly count: number;
  /** Attempts at a time of each; 0: as the flavor says. */
  readonly slots: number;
  /** Attempts that each is given beyond that, to have them at hand. */
  readonly prefetch: number;
  /** Who asks. */
  readonly by: string;
  /** What the caller's dialect calls these, for refusals. */
  readonly called?: { readonly count: string; readonly slots: string };
}

type Made = Pick<ProvidedWorker, "provider" | "flavor" | "region" | "createdBy" | "createdAt"> &
  Pick<Partial<ProvidedWorker>, "serverId" | "slots">;

interface InsertWorkers {
  readonly made: Made;
  readonly ids: readonly string[];
  readonly prefetch: number;
  readonly most: number;
  /** Where it was said how many. */
  readonly field: string;
}

/** Unit of work: workers that are to be started, each with its number. */
async function insertWorkers(
  tx: Tx,
  { made, ids, prefetch, most, field }: InsertWorkers,
): Promise<readonly ProvidedWorker[]> {
  const open = (await tx.providedWorkers.open()).length;
  if (open + ids.length > most) {
    throw new RefusedError(
      "exhausted",
      `${field}: ${open} provided workers are there or on their way, and ${most} are allowed (TRIBUTARY_PROVIDED_WORKERS); delete some, or ask for fewer`,
      field,
    );
  }
  const provided: ProvidedWorker[] = [];
  for (const workerId of ids) {
    const number = await tx.workers.nextNumber();
    const name = `${made.provider}-${number}`;
    provided.push({ ...made, workerId, number, name, state: "starting", launch: 0, failures: 0 });
  }
  const at = made.createdAt;
  await tx.workers.put(
    provided.map(({ workerId: id, number, name }) => ({
      id,
      number,
      name,
      kind: "tributary" as const,
      draining: false,
      prefetch,
      slots: made.slots ?? 0,
      capacity: {},
      labels: {},
      version: "",
      online: false,
      registeredAt: at,
      lastSeenAt: at,
    })),
  );
  await tx.providedWorkers.put(provided);
  await tx.journal.append(ids.map((workerId) => ({ kind: "worker-changed", workerId, at })));
  return provided;
}

/**
 * Asks a provider for workers. Answers when that is kept: they are started afterwards, and how that goes is told with
 * each of them.
 *
 * @throws RefusedError `invalid` for what the provider does not have; `unavailable` when it cannot be used;
 *   `exhausted` beyond the limit of all
 */
export async function createWorkers(
  {
    store,
    clock,
    random,
    leases,
    providers,
    providerSettings,
  }: Pick<Ports, "store" | "clock" | "random" | "leases" | "providers" | "providerSettings">,
  { count, slots, prefetch, by, called = { count: "count", slots: "slots" }, ...ask }: CreateWorkers,
): Promise<readonly ProvidedWorker[]> {
  const { provider, flavor, region } = chooseMachine(providers, ask);
  refuseBeyond(called.count, count, mostAtOnce);
  refuseBeyond(called.slots, slots, mostSlots);
  refuseBeyond("prefetch", prefetch, mostPrefetch);
  if (count === 0) return [];
  const problem = await provider.problem(region.name);
  if (problem !== undefined) throw new RefusedError("unavailable", `${provider.name} cannot be used: ${problem}`);
  const { serverId } = leases;
  const places = slots === 0 ? flavor.slots : slots;
  const made: Made = {
    provider: provider.name,
    flavor: flavor.name,
    region: region.name,
    createdBy: by,
    createdAt: clock.now(),
    ...(places === undefined ? {} : { slots: places }),
    ...(provider.isOfThisServer && serverId !== undefined ? { serverId } : {}),
  };
  const ids = Array.from({ length: count }, () => newId(random, "provided-", 12));
  const most = providerSettings.mostWorkers;
  return store.transact(insertWorkers, { made, ids, prefetch, most, field: called.count });
}

function refuseBeyond(field: string, value: number, most: number): void {
  if (value > most)
    throw new RefusedError("invalid", `${field}: ${value} is too many, at most ${most} are allowed`, field);
}
