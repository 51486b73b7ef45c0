import { mayGoAhead } from "#core/dispatch/given-ahead.ts";
import { RefusedError } from "#core/errors.ts";
import type { Position } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { subtract, times } from "#core/tasks/demand.ts";
import { isReplica, replicaResource } from "#core/tasks/replica-demand.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Attempt, Task } from "#core/tasks/task.ts";
import { assign } from "#core/tasks/transitions.ts";
import { dialectsOf } from "#core/workers/takes-dialect.ts";
import type { Worker } from "#core/workers/worker.ts";

/** An attempt for a worker to run. */
export interface Assignment {
  readonly task: Task;
  readonly attempt: Attempt;
  readonly spec: RunSpec;
  /** The worker has no place for it yet, and gives it back unless it has one soon. */
  readonly ahead?: true;
}

/** What a worker was given when it looked for work. */
export interface Lease {
  readonly assignments: readonly Assignment[];
  /** Nothing that was queued, and no end, up to here is a reason to look again. */
  readonly seen: Position;
  /** There may be more for it at once. */
  readonly more: boolean;
  /** It has as many attempts as it takes. */
  readonly full: boolean;
  /** Attempts that it has now, those that it is being given among them. */
  readonly held: number;
}

/** What a worker is to do when its stream opens: attempts that it may not have heard of, and those to be ended. */
export interface PendingOrders {
  readonly assignments: readonly Assignment[];
  readonly cancels: readonly Attempt[];
}

const mostAtOnce = 500;
const mostReplicasAtOnce = 20;
/** So many times as many attempts as it has slots may a worker be given ahead. */
const mostAhead = 4;

/** Unit of work: gives queued tasks to a worker, as many as it has room for, and a few ahead, oldest first. */
export async function assignTasks(
  tx: Tx,
  {
    workerId,
    serverId,
    ahead = 0,
    now,
  }: {
    readonly workerId: string;
    readonly serverId?: string | undefined;
    readonly ahead?: number;
    readonly now: number;
  },
): Promise<Lease> {
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  // One that has registered with another server since is leased to there.
  if (!worker?.online || worker.serverId !== serverId || worker.draining) {
    return leaseOf([], await tx.journal.position(), { slots: 0, held: 0 });
  }
  return assignTo(tx, worker, now, Math.min(ahead, worker.slots * mostAhead));
}

/** Part of a unit: the same for a worker that was read and may be given something. */
export async function assignTo(tx: Tx, worker: Worker, now: number, ahead = 0): Promise<Lease> {
  const { id: workerId } = worker;
  const current = await tx.attempts.currentDemands(workerId);
  // What serves models stays for days: it takes room of the machine, but no place of those that come and go.
  const taken = current.filter(({ demand }) => !isReplica(demand));
  const held = current.reduce((sum, { count }) => sum + count, 0);
  const places = worker.slots + worker.prefetch - taken.reduce((sum, { count }) => sum + count, 0);
  let slots = places + ahead;
  let free = current.reduce((left, { demand, count }) => subtract(left, [times(demand, count)]), worker.capacity);
  if (slots <= 0 && (free[replicaResource] ?? 0) === 0)
    return leaseOf([], await tx.journal.position(), { slots: slots - ahead, held });
  const dialects = dialectsOf(worker, worker.taskqueue === "fallback" && (await tx.workers.hasTakers("scitq")));
  const ask = dialects === undefined ? {} : { dialects };
  const claimed: Task[] = [];
  const take = (some: readonly Task[]) => {
    claimed.push(...some);
    slots -= some.filter(({ demand }) => !isReplica(demand)).length;
    free = subtract(
      free,
      some.map((task) => task.demand),
    );
  };
  while (slots > 0 && claimed.length < mostAtOnce) {
    const some = await tx.tasks.claim({ ...ask, free, limit: Math.min(slots, mostAtOnce - claimed.length) });
    if (some.length === 0) break;
    take(some);
  }
  if (slots <= 0 && (free[replicaResource] ?? 0) > 0) {
    take(await tx.tasks.claim({ ...ask, free, limit: mostReplicasAtOnce, demanding: replicaResource }));
  }
  const given = inTurn(await withSpecs(tx, claimed), { places, slots: places - worker.prefetch });
  if (given.length === 0) return leaseOf([], await tx.journal.position(), { slots: slots - ahead, held });
  const moves = given.map(({ task, waits }) => assign(task, workerId, now, waits));
  await tx.tasks.replace(moves.map(({ task }) => ({ task, ifState: "queued" as const, ifAttempt: task.attempt - 1 })));
  await tx.attempts.insert(moves.map(({ attempt }) => attempt));
  const seen = await tx.journal.append(moves.flatMap(({ entries }) => entries));
  const assignments = given.map(({ spec, ahead: early }, index) => {
    const { task, attempt } = moves[index] as (typeof moves)[number];
    return { task, attempt, spec, ...(early ? { ahead: early } : {}) };
  });
  return leaseOf(assignments, seen, { slots: slots - ahead, held: held + moves.length });
}

/** A task that is given out. */
interface Given {
  readonly task: Task;
  readonly spec: RunSpec;
  /** It has to wait for a place, which is told of it should it be lost. */
  readonly waits: boolean;
  /** The worker is not meant to keep it waiting. */
  readonly ahead?: true;
}

/** Those for which there are places, and behind them those that may be given ahead; others stay in the queue. */
function inTurn(
  claimed: readonly { readonly task: Task; readonly spec: RunSpec }[],
  { places, slots }: { readonly places: number; readonly slots: number },
): readonly Given[] {
  let number = 0;
  return claimed.flatMap(({ task, spec }): readonly Given[] => {
    if (isReplica(task.demand)) return [{ task, spec, waits: false }];
    const place = number++;
    const may = mayGoAhead(task, spec);
    if (place < places) return [{ task, spec, waits: place >= slots && may }];
    return may ? [{ task, spec, waits: true, ahead: true }] : [];
  });
}

/** What comes behind those for which there are places is ahead of its turn. */
function marked(assignments: readonly Assignment[], places: number): readonly Assignment[] {
  let left = Math.max(0, places);
  return assignments.map((one) => (isReplica(one.task.demand) || left-- > 0 ? one : { ...one, ahead: true as const }));
}

function leaseOf(
  assignments: readonly Assignment[],
  seen: Position,
  { slots, held }: { readonly slots: number; readonly held: number },
): Lease {
  return { assignments, seen, more: slots > 0 && assignments.length === mostAtOnce, full: slots <= 0, held };
}

async function withSpecs(
  tx: Tx,
  tasks: readonly Task[],
): Promise<readonly { readonly task: Task; readonly spec: RunSpec }[]> {
  const specs = await tx.tasks.specs(tasks.map(({ id }) => id));
  return tasks.flatMap((task) => {
    const spec = specs.get(task.id);
    return spec ? [{ task, spec }] : [];
  });
}

/** Unit of work: what a worker that has just opened its stream must be told again. */
export async function pendingOrders(tx: Tx, { workerId }: { readonly workerId: string }): Promise<PendingOrders> {
  const current = await tx.attempts.current(workerId);
  const tasks = await tx.tasks.getMany(current.map((attempt) => attempt.taskId));
  const slots = (await tx.workers.getMany([workerId])).get(workerId)?.slots ?? 0;
  const isCancelling = (attempt: Attempt) => tasks.get(attempt.taskId)?.state === "cancelling";
  const waiting = new Map(current.flatMap((one) => (one.phase === "assigned" ? [[one.taskId, one]] : [])));
  const given = await withSpecs(
    tx,
    [...waiting.keys()].flatMap((id) => tasks.get(id) ?? []),
  );
  const assignments = marked(
    given.map((one) => ({ ...one, attempt: waiting.get(one.task.id) as Attempt })),
    slots - (current.length - waiting.size),
  );
  return { assignments, cancels: current.filter(isCancelling) };
}

/**
 * Leases queued tasks to one worker, oldest first, as many as it has room for.
 *
 * @param ahead - how many more it may be given, four times as many as it has slots at most: those are marked
 * @throws RefusedError `not-found` for a worker that is not registered or was given up
 */
export function leaseAttempts(
  { store, clock, leases }: Pick<Ports, "store" | "clock" | "leases">,
  workerId: string,
  ahead = 0,
): Promise<Lease> {
  if (!leases.has(workerId)) {
    throw new RefusedError("not-found", `worker ${workerId} is not registered (any more); register again`);
  }
  return store.transact(assignTasks, { workerId, serverId: leases.serverId, ahead, now: clock.now() });
}
