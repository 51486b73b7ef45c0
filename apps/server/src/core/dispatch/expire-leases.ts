import { findOwing, mayNotHaveBegun } from "#core/dispatch/given-ahead.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type { Attempt } from "#core/tasks/task.ts";
import { end, isTerminal, putBack } from "#core/tasks/transitions.ts";

/**
 * Part of a unit: ends an attempt as lost; its task is tried again while its system budget lasts. One that was given ahead
 * and that nobody has heard of since goes back to its place and spends nothing yet.
 *
 * @param free - its worker was ended on purpose: that spends nothing
 * @returns whether the task ended with it
 */
export async function loseAttempt(
  tx: Tx,
  attempt: Attempt,
  now: number,
  reason?: Reason,
  free = false,
): Promise<boolean> {
  const { taskId } = attempt;
  const task = (await tx.tasks.getMany([taskId])).get(taskId);
  const spec = (await tx.tasks.specs([taskId])).get(taskId);
  if (!task || !spec || task.attempt !== attempt.number || isTerminal(task.state)) return false;
  const isUnheard = mayNotHaveBegun(attempt);
  const why = isUnheard ? unheard(reason) : reason;
  const budget = (await findOwing(tx, [task])).has(taskId) ? { ...spec, owed: 1 } : spec;
  const how = { outcome: "lost" as const, free: free || isUnheard, ...(why ? { reason: why } : {}) };
  const move = end(task, attempt, how, budget, now);
  await tx.tasks.replace([{ task: move.task, ifState: task.state, ifAttempt: task.attempt }]);
  if (move.attempt) await tx.attempts.replace([move.attempt]);
  await tx.journal.append(move.entries);
  await settleDependents(tx, [move.task], now);
  return isTerminal(move.task.state);
}

function unheard(reason: Reason = { code: "lost", message: "Its worker does not have it" }): Reason {
  return { ...reason, message: `${reason.message}; it was waiting there for a place, as far as anybody knows` };
}

/**
 * Part of a unit: the same for attempts of a worker of scitq's. It begins none before it has been allowed to, so what was
 * only assigned spends nothing and is queued again.
 */
export async function loseScitqAttempt(tx: Tx, attempt: Attempt, now: number, reason: Reason): Promise<boolean> {
  if (attempt.phase !== "assigned") return loseAttempt(tx, attempt, now, reason);
  return takeBackAttempt(tx, attempt, { ...reason, code: "put-back" }, now);
}

/**
 * Part of a unit: takes an attempt that has not begun from its worker.
 *
 * @returns whether the task ended with it: its end had been asked for
 */
export async function takeBackAttempt(tx: Tx, attempt: Attempt, reason: Reason, now: number): Promise<boolean> {
  const task = await knownTask(tx, attempt.taskId);
  const move =
    task.state === "cancelling"
      ? end(task, attempt, { outcome: "cancelled" }, noBudget, now)
      : putBack(task, attempt, reason, now);
  await tx.tasks.replace([{ task: move.task, ifState: task.state, ifAttempt: task.attempt }]);
  if (move.attempt) await tx.attempts.replace([move.attempt]);
  await tx.journal.append(move.entries);
  await settleDependents(tx, [move.task], now);
  return isTerminal(move.task.state);
}

const noBudget = { userRetries: 0, systemRetries: 0 };

/** Unit of work: takes a worker's attempts from it; answers the tasks that ended with that. */
export async function loseWorker(
  tx: Tx,
  {
    workerId,
    serverId,
    now,
    seenAt,
    free = false,
  }: {
    readonly workerId: string;
    readonly serverId?: string | undefined;
    readonly now: number;
    /** When it was last heard of; unset where nobody has kept that. */
    readonly seenAt?: number | undefined;
    /** It was ended on purpose. */
    readonly free?: boolean;
  },
): Promise<readonly number[]> {
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  // Silent here, but heard of by another server.
  if (!worker?.online || worker.serverId !== serverId) return [];
  // Time without a server does not count: of one not heard of since the start, the silence begins here.
  await tx.workers.put([{ ...worker, online: false, lastSeenAt: Math.max(worker.lastSeenAt, seenAt ?? now) }]);
  const leaves = worker.kind === "scitq" ? { leaves: true as const } : {};
  await tx.journal.append([{ kind: "worker-changed", workerId, at: now, ...leaves }]);
  const ended: number[] = [];
  for (const attempt of await tx.attempts.current(workerId)) {
    const silent = { code: "lost", message: `Its worker ${worker.name} stopped answering` };
    const isOver =
      worker.kind === "scitq"
        ? await loseScitqAttempt(tx, attempt, now, silent)
        : await loseAttempt(tx, attempt, now, silent, free);
    if (isOver) ended.push(attempt.taskId);
  }
  return ended;
}

type LeasePorts = Pick<Ports, "store" | "clock" | "leases" | "logs">;

/** Ends the leases of silent workers: their attempts are lost. */
export async function expireLeases(ports: LeasePorts): Promise<void> {
  for (const workerId of ports.leases.expired(ports.clock.monotonic())) await endLease(ports, workerId);
}

/** Takes a worker for gone: it is silent, or has said so. What it still has is lost. */
export async function endLease({ store, clock, leases, logs }: LeasePorts, workerId: string): Promise<void> {
  const ended = await store.transact(loseWorker, {
    workerId,
    serverId: leases.serverId,
    now: clock.now(),
    seenAt: leases.seenAt(workerId),
  });
  leases.end(workerId);
  for (const taskId of ended) logs.seal(taskId);
}

/**
 * After a start: every worker of this server that was online gets one full lease to come back. Where several servers share
 * the store, those of servers that are gone are found later.
 */
export async function adoptWorkers({ store, clock, leases }: Pick<Ports, "store" | "clock" | "leases">): Promise<void> {
  const workers = await store.transact((tx: Tx) => tx.workers.all(), undefined);
  for (const worker of workers) {
    if (worker.online && worker.serverId === leases.serverId) leases.adopt(worker, clock.monotonic());
  }
}
