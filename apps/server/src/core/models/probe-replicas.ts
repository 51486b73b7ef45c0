import { liveReplicas } from "#core/models/deploy-model.ts";
import type { Replica } from "#core/models/model.ts";
import { isLive, isServing, type LiveReplica } from "#core/models/plan-replicas.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** Unit of work: replicas that run on workers of this server, or have just ended there, and whether there are any at all. */
async function ownReplicas(
  tx: Tx,
  { serverId }: { readonly serverId: string | undefined },
): Promise<{ readonly own: readonly LiveReplica[]; readonly some: boolean }> {
  const known = await tx.replicas.all();
  const all = (await liveReplicas(tx, known)).filter(({ task }) => task.phase === "running");
  const workers = await tx.workers.getMany(all.flatMap(({ task }) => task.workerId ?? []));
  const own = all.filter(({ task }) => workers.get(task.workerId ?? "")?.serverId === serverId);
  return { own, some: known.length > 0 };
}

interface NoteReady {
  readonly taskId: TaskId;
  readonly attempt: number;
  readonly isReady: boolean;
  readonly now: number;
}

/** Unit of work: notes that a replica has become ready, or is not any more. */
async function noteReady(tx: Tx, { taskId, attempt, isReady, now }: NoteReady): Promise<void> {
  const [live] = await liveReplicas(tx, await tx.replicas.getMany([taskId]));
  if (!live || live.task.attempt !== attempt || isServing(live) === isReady) return;
  const { ready: _, ...rest } = live.replica;
  const replica: Replica = isReady ? { ...rest, ready: { attempt, at: now } } : rest;
  await tx.replicas.put([replica]);
  await tx.journal.append([{ kind: "model-changed", modelId: replica.modelId, at: now }]);
}

/**
 * Asks the replicas on this server's workers whether they are ready.
 *
 * @param failures - how often each was not ready in a row; kept by the caller from look to look
 * @returns whether there are some that are not ready yet, how many there are, and whether there are any anywhere
 */
export async function probeReplicas(
  { store, clock, endpoints, leases }: Pick<Ports, "store" | "clock" | "endpoints" | "leases">,
  failures: Map<TaskId, number>,
): Promise<{ readonly starting: boolean; readonly count: number; readonly some: boolean }> {
  const { own: all, some } = await store.transact(ownReplicas, { serverId: leases.serverId });
  const own = all.filter(isLive);
  let starting = false;
  await Promise.all(
    own.map(async (live) => {
      const { id: taskId, attempt } = live.task;
      const isReady = (await endpoints.probe(taskId)) === undefined;
      const misses = isReady ? 0 : (failures.get(taskId) ?? 0) + 1;
      failures.set(taskId, misses);
      starting ||= !isReady;
      if (isReady === isServing(live) || (!isReady && misses < unreadyAfter)) return;
      await store.transact(noteReady, { taskId, attempt, isReady, now: clock.now() });
    }),
  );
  for (const taskId of failures.keys()) if (!own.some(({ task }) => task.id === taskId)) failures.delete(taskId);
  return { starting, count: own.length, some };
}

/** One that has answered may be slow to answer once. */
const unreadyAfter = 3;
