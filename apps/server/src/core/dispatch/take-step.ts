import { attemptSteps, mayFollow, phaseOfStep, type ReportedStep } from "#core/dispatch/attempt-steps.ts";
import { loseAttempt, takeBackAttempt } from "#core/dispatch/expire-leases.ts";
import { type HeldTask, heldTask, type SaidOfTask } from "#core/dispatch/held-task.ts";
import { untold } from "#core/dispatch/write-off.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type { AttemptEnd, Task, TaskId } from "#core/tasks/task.ts";
import { advance, end, isTerminal, type Move, type RetryBudget } from "#core/tasks/transitions.ts";

export interface TakeStep extends SaidOfTask {
  readonly step: ReportedStep;
  /** Why it failed, where the worker says more than that. */
  readonly reason?: Reason;
  /** It failed by the machine, and is tried again by the system budget. */
  readonly system?: boolean;
}

/** What became of a report. */
interface Taken {
  /** False when the task is not (any more) the worker's: it changes nothing. */
  readonly taken: boolean;
  readonly holderId?: string;
  /** The task ended with it. */
  readonly ended?: boolean;
}

/**
 * Unit of work: lets a worker of scitq's begin a task that it was assigned.
 *
 * @returns false when it must not: it is not assigned to one, was accepted before, or is to end
 */
export async function acceptTask(tx: Tx, ask: SaidOfTask & { readonly now: number }): Promise<Taken> {
  const task = await findTask(tx, ask.taskId);
  const held = task && (await heldTask(tx, task, ask));
  if (held?.attempt.phase !== "assigned" || held.task.state !== "active") return { taken: false };
  const { now } = ask;
  const move = advance(held.task, held.attempt, "accepted", attemptSteps.indexOf("accepted"), now);
  // It may never say that it runs: scitq's worker of 2025 begins at once.
  const started = { startedAt: now };
  const attempt = { ...(move.attempt ?? held.attempt), ...started };
  await write(tx, held.task, { ...move, task: { ...move.task, ...started }, attempt }, now);
  return { taken: true, holderId: held.holder.id };
}

/**
 * Unit of work: takes how far a worker of scitq's is with a task, or how it ended. Saying the same again changes nothing.
 *
 * @throws RefusedError `not-found` for an unknown task, `conflict` for a step that cannot follow the last
 */
export async function takeStep(tx: Tx, ask: TakeStep & { readonly now: number }): Promise<Taken> {
  const { step, now } = ask;
  const task = await knownTaskqueueTask(tx, ask.taskId);
  if (isTerminal(task.state)) return { taken: task.state === step };
  const held = await heldTask(tx, task, ask);
  if (!held || held.attempt.phase === "assigned") return { taken: false };
  const holderId = held.holder.id;
  const before = attemptSteps[held.attempt.sequence] ?? "accepted";
  if (before === step) return { taken: true, holderId };
  if (!mayFollow(before, step)) {
    throw new RefusedError(
      "conflict",
      `new_status: task ${task.id} is ${before}; ${step} cannot follow that`,
      "new_status",
    );
  }
  // What has ended well is not tried again.
  const move = moveOf(held, ask, step === "failed" ? await budgetOf(tx, task.id) : noBudget);
  await write(tx, task, move, now);
  return { taken: true, holderId, ended: isTerminal(move.task.state) };
}

function moveOf(
  { task, attempt, holder }: HeldTask,
  { step, now, ...why }: TakeStep & { readonly now: number },
  budget: RetryBudget,
): Move {
  const sequence = attemptSteps.indexOf(step);
  if (step !== "succeeded" && step !== "failed") {
    return advance(withoutDoubt(task), attempt, phaseOfStep[step], sequence, now);
  }
  const told: Reason = { code: "failed", message: `${holder.name} reported that it failed; its log may say why` };
  const how: AttemptEnd =
    step === "succeeded"
      ? { outcome: "succeeded" }
      : { outcome: "failed", reason: why.reason ?? told, system: why.system ?? false };
  return end(task, { ...attempt, sequence }, how, budget, now);
}

/** Whoever tells of it has not told its end. */
function withoutDoubt({ reason, ...task }: Task): Task {
  return reason === undefined || reason.code === untold ? task : { ...task, reason };
}

async function write(tx: Tx, before: Task, { task, attempt, entries }: Move, now: number): Promise<void> {
  await tx.tasks.replace([{ task, ifState: before.state, ifAttempt: before.attempt }]);
  if (attempt) await tx.attempts.replace([attempt]);
  await tx.journal.append(entries);
  await settleDependents(tx, [task], now);
}

const noBudget: RetryBudget = { userRetries: 0, systemRetries: 0 };

async function budgetOf(tx: Tx, taskId: TaskId): Promise<RetryBudget> {
  return (await tx.tasks.specs([taskId])).get(taskId) ?? noBudget;
}

/** Unit of work: an acceptance whose answer did not reach the worker, which therefore does not begin. */
export async function forgetAcceptance(tx: Tx, ask: SaidOfTask & { readonly now: number }): Promise<void> {
  const task = await findTask(tx, ask.taskId);
  const held = task && (await heldTask(tx, task, ask));
  if (held?.attempt.phase !== "accepted") return;
  const reason = {
    code: "lost",
    message: `${held.holder.name} gave up waiting for the answer when it accepted the task`,
  };
  await loseAttempt(tx, held.attempt, ask.now, reason);
}

/**
 * Unit of work: a task that was assigned and not accepted goes back into the queue.
 *
 * @throws RefusedError `not-found` for an unknown task, `conflict` for one that was begun or has ended
 */
export async function returnTask(tx: Tx, ask: SaidOfTask & { readonly now: number }): Promise<Taken> {
  const task = await knownTaskqueueTask(tx, ask.taskId);
  if (task.state === "queued") return { taken: true };
  const held = await heldTask(tx, task, ask);
  if (held?.attempt.phase !== "assigned") {
    throw new RefusedError(
      "conflict",
      `new_status: task ${task.id} is not assigned and waiting to be accepted; only such a task can be given back`,
      "new_status",
    );
  }
  const reason = { code: "put-back", message: `Its worker ${held.holder.name} gave it back` };
  await takeBackAttempt(tx, held.attempt, reason, ask.now);
  return { taken: true, holderId: held.holder.id };
}

async function findTask(tx: Tx, id: TaskId): Promise<Task | undefined> {
  const task = (await tx.tasks.getMany([id])).get(id);
  return task?.dialect === "taskqueue" ? task : undefined;
}

/** @throws RefusedError `not-found` */
export async function knownTaskqueueTask(tx: Tx, id: TaskId): Promise<Task> {
  const task = await findTask(tx, id);
  if (!task) throw new RefusedError("not-found", `task_id: TaskQueue has no task ${id}`, "task_id");
  return task;
}

type Unit<I> = (tx: Tx, input: I & { readonly now: number }) => Promise<Taken>;

/** Runs one of the units of this file: what a worker says is a sign of its life. */
export async function tellOfTask<I extends SaidOfTask>(
  { store, clock, leases, logs }: Pick<Ports, "store" | "clock" | "leases" | "logs">,
  unit: Unit<I>,
  ask: I,
): Promise<boolean> {
  const { taken, holderId, ended } = await store.transact(unit, { ...ask, now: clock.now() });
  if (holderId !== undefined && leases.has(holderId)) leases.extend(holderId, clock.monotonic(), clock.now());
  if (ended) logs.seal(ask.taskId);
  return taken;
}
