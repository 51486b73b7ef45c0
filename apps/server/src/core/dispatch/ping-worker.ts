import { takeBackAttempt } from "#core/dispatch/expire-leases.ts";
import { type Assignment, assignTo } from "#core/dispatch/lease-attempts.ts";
import { type Held, writeOff } from "#core/dispatch/write-off.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";

/** What a worker of scitq's has after a sign of life. */
export interface Pinged {
  readonly worker: Worker;
  /** What it may accept: told again with every ping until it has. */
  readonly assignments: readonly Assignment[];
  /** What it has accepted, and has not told the end of. */
  readonly begun: readonly Held[];
  /** Tasks that were cancelled before it had accepted them, and have ended with that. */
  readonly withdrawn: readonly TaskId[];
  /** Tasks that were cancelled, and have ended because nobody could tell whether it has told their end. */
  readonly writtenOff: readonly TaskId[];
}

const notBegun = { code: "cancelled", message: "Cancelled before it started" };

interface Ping {
  readonly number: number;
  /** Attempts at a time while the worker holds itself back; unset: as many as it has slots. */
  readonly takes?: number | undefined;
  /** Begun tasks whose end it will tell where it is heard; unset for a worker that tells ends until they are heard. */
  readonly heard?: ReadonlySet<TaskId> | undefined;
  readonly serverId?: string | undefined;
  readonly now: number;
}

/** Unit of work: a sign of life of a worker of scitq's, which is given queued tasks as far as it has room. */
export async function ping(tx: Tx, asked: Ping): Promise<Pinged> {
  const { number, takes, serverId, now } = asked;
  const known = await tx.workers.findByNumber(number);
  if (!known) throw new RefusedError("not-found", `worker_id: there is no worker ${number}; register it`, "worker_id");
  if (known.kind !== "scitq") {
    throw new RefusedError(
      "conflict",
      `worker_id: worker ${number} is a worker of Tributary's own, which is told of its tasks in another way`,
      "worker_id",
    );
  }
  const worker = await welcome(tx, known, serverId, now);
  const taker = { ...worker, slots: Math.min(takes ?? worker.slots, worker.slots) };
  const lease = worker.draining ? undefined : await assignTo(tx, taker, now);
  // Most pings are of workers that have nothing, while there is nothing to do.
  let held = lease?.held === 0 ? [] : await heldBy(tx, worker);
  const writtenOff = await writeOff(tx, worker, held, asked);
  if (writtenOff.length > 0) {
    if (!worker.draining) await assignTo(tx, taker, now);
    held = await heldBy(tx, worker);
  }
  const waiting = held.filter(({ attempt }) => attempt.phase === "assigned");
  const withdrawn = waiting.filter(({ task }) => task.state === "cancelling");
  for (const { attempt } of withdrawn) await takeBackAttempt(tx, attempt, notBegun, now);
  const assigned = waiting.filter((one) => !withdrawn.includes(one));
  const specs = assigned.length === 0 ? undefined : await tx.tasks.specs(assigned.map(({ task }) => task.id));
  return {
    worker,
    assignments: assigned.flatMap((one) => {
      const spec = specs?.get(one.task.id);
      return spec ? [{ ...one, spec }] : [];
    }),
    begun: held.filter(({ attempt }) => attempt.phase !== "assigned"),
    withdrawn: withdrawn.map(({ task }) => task.id),
    writtenOff,
  };
}

async function heldBy(tx: Tx, { id }: Worker): Promise<readonly Held[]> {
  const current = await tx.attempts.current(id);
  const ids = current.map(({ taskId }) => taskId);
  const tasks = ids.length === 0 ? new Map<number, Task>() : await tx.tasks.getMany(ids);
  return current.flatMap((attempt) => {
    const task = tasks.get(attempt.taskId);
    return task ? [{ task, attempt }] : [];
  });
}

/** Part of a unit: one that was lost is back, and one that has called another server until now is this one's. */
async function welcome(tx: Tx, known: Worker, serverId: string | undefined, now: number): Promise<Worker> {
  if (known.online && known.serverId === serverId) return known;
  const worker = { ...known, online: true, lastSeenAt: now, ...(serverId === undefined ? {} : { serverId }) };
  await tx.workers.put([worker]);
  await tx.journal.append([{ kind: "worker-changed", workerId: worker.id, at: now }]);
  return worker;
}

/**
 * Takes a sign of life of a worker of scitq's and gives it queued tasks, oldest first, as many as it has room for. Asking
 * again answers what it has not accepted again, so a lost answer costs nothing.
 *
 * Source: scitq's PingAndTakeNewTasks repeats tasks in A until they are accepted.
 *
 * @param asked.takes - attempts at a time while it holds itself back
 * @param asked.heard - begun tasks whose end it will tell where it is heard
 * @throws RefusedError `not-found` for a number that no worker has, `conflict` for one of a worker of ours
 */
export async function pingWorker(
  { store, clock, leases, logs }: Pick<Ports, "store" | "clock" | "leases" | "logs">,
  number: number,
  { takes, heard }: Pick<Ping, "takes" | "heard"> = {},
): Promise<Pinged> {
  const pinged = await store.transact(ping, { number, takes, heard, serverId: leases.serverId, now: clock.now() });
  for (const taskId of [...pinged.withdrawn, ...pinged.writtenOff]) logs.seal(taskId);
  leases.begin(pinged.worker, clock.monotonic(), clock.now());
  return pinged;
}
