import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Server, ServerBeat } from "#core/servers/server.ts";
import type { ServerWatch } from "#core/servers/server-watch.ts";
import type { Worker } from "#core/workers/worker.ts";

const leaderSetting = "leader";

interface Beat {
  readonly self: Server;
  /** Gone, unless their beats have grown since. */
  readonly silent: readonly Pick<ServerBeat, "id" | "beats">[];
}

interface Beaten {
  readonly servers: readonly ServerBeat[];
  readonly leads: boolean;
  /** Workers of servers that are gone; they are this one's now. */
  readonly adopted: readonly Worker[];
  /** Workers that are another server's. */
  readonly others: readonly string[];
}

/** Unit of work: a sign of life of this server, which takes over what servers that are gone have left. */
export async function beat(tx: Tx, { self, silent }: Beat): Promise<Beaten> {
  const known = await tx.servers.all();
  const gone = new Set(
    silent.flatMap(({ id, beats }) =>
      id !== self.id && known.some((server) => server.id === id && server.beats === beats) ? [id] : [],
    ),
  );
  await tx.servers.delete([...gone]);
  const beats = (known.find(({ id }) => id === self.id)?.beats ?? 0) + 1;
  await tx.servers.put([{ ...self, beats }]);
  const servers = [...known.filter(({ id }) => id !== self.id && !gone.has(id)), { ...self, beats }];
  const alive = new Set(servers.map(({ id }) => id));
  let leader = await tx.settings.get(leaderSetting);
  if (leader === undefined || !alive.has(leader)) {
    leader = self.id;
    await tx.settings.put(leaderSetting, leader);
  }
  const online = (await tx.workers.all()).filter((worker) => worker.online);
  return {
    servers,
    leads: leader === self.id,
    adopted: await adoptOrphans(tx, online, alive, self.id),
    others: online.flatMap(({ id, serverId }) =>
      serverId !== undefined && serverId !== self.id && alive.has(serverId) ? [id] : [],
    ),
  };
}

/** Part of a unit: takes over workers whose server is not there. */
async function adoptOrphans(
  tx: Tx,
  workers: readonly Worker[],
  alive: ReadonlySet<string>,
  serverId: string,
): Promise<readonly Worker[]> {
  const orphans = workers.filter((worker) => worker.serverId === undefined || !alive.has(worker.serverId));
  await tx.workers.put(orphans.map((worker) => ({ ...worker, serverId })));
  return orphans;
}

/**
 * Tells the other servers that this one lives, and takes over the workers of those that do not: each gets one full lease
 * to come back, to whichever server.
 *
 * @returns whether this server is the one that does what is to be done once
 */
export async function keepServer(
  { store, clock, leases }: Pick<Ports, "store" | "clock" | "leases">,
  self: Server,
  watch: ServerWatch,
): Promise<boolean> {
  const silent = watch.silent(clock.monotonic());
  const { servers, leads, adopted, others } = await store.transact(beat, { self, silent });
  watch.look(servers, clock.monotonic());
  for (const worker of adopted) leases.adopt(worker, clock.monotonic());
  for (const workerId of others) leases.end(workerId);
  return leads;
}
