import type { NewEntry } from "#core/journal/entry.ts";
import type { Reason } from "#core/reason.ts";
import { isReplica } from "#core/tasks/replica-demand.ts";
import {
  type Attempt,
  type AttemptEnd,
  type AttemptPhase,
  attemptPhases,
  type Task,
  type TaskState,
} from "#core/tasks/task.ts";

/** What a transition makes of a task: the rows to write and what to tell. */
export interface Move {
  readonly task: Task;
  readonly attempt?: Attempt;
  readonly entries: readonly NewEntry[];
}

/** How often a task may be tried again. */
export interface RetryBudget {
  readonly userRetries: number;
  readonly systemRetries: number;
  /** Failures of the system that count with the next one: as a try before it may have been one. */
  readonly owed?: number;
}

/** Failures that another try cannot mend. */
const permanent = new Set([
  "secret-missing",
  "secret-unreadable",
  "python-not-found",
  "requirements-missing",
  "environment-unsupported",
  "inputs-invalid",
  "not-found",
]);

const firstBackoff = 1_000;
/** Milliseconds that a task waits for its next try at the most. */
export const longestBackoff = 300_000;

export function isTerminal(state: TaskState): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

/** Milliseconds to wait before the try after the `failures`-th failure: 1 s, doubled each time, 5 min at most. */
export function backoff(failures: number): number {
  return Math.min(longestBackoff, firstBackoff * 2 ** Math.min(failures - 1, 20));
}

/**
 * A queued task is given to a worker.
 *
 * @param ahead - see the field of the attempt
 */
export function assign(task: Task, workerId: string, now: number, ahead = false): Required<Move> {
  const number = task.attempt + 1;
  const attempt: Attempt = {
    taskId: task.id,
    number,
    workerId,
    phase: "assigned",
    sequence: 0,
    demand: task.demand,
    assignedAt: now,
    ...(ahead ? { ahead } : {}),
  };
  const { reason: _, startedAt: _s, exitCode: _e, ...rest } = task;
  return {
    task: { ...rest, state: "active", attempt: number, phase: "assigned", workerId },
    attempt,
    entries: [{ kind: "attempt-assigned", taskId: task.id, attempt: number, workerId, at: now }],
  };
}

/** An attempt reaches a later phase; going back or standing still changes nothing but the sequence. */
export function advance(task: Task, attempt: Attempt, phase: AttemptPhase, sequence: number, at: number): Move {
  if (attemptPhases.indexOf(phase) <= attemptPhases.indexOf(attempt.phase)) {
    return { task, attempt: { ...attempt, sequence }, entries: [] };
  }
  return {
    task: { ...task, phase, ...(phase === "running" ? { startedAt: at } : {}) },
    attempt: { ...attempt, phase, sequence, ...phaseTime(phase, at) },
    entries: [{ kind: "attempt-advanced", taskId: task.id, attempt: attempt.number, phase, at }],
  };
}

function phaseTime(phase: AttemptPhase, at: number): Partial<Attempt> {
  switch (phase) {
    case "preparing":
      return { preparedAt: at };
    case "running":
      return { startedAt: at };
    case "collecting":
      return { collectedAt: at };
    default:
      return {};
  }
}

/** The current attempt is over: the task ends, or waits for its next try. */
export function end(task: Task, attempt: Attempt, how: AttemptEnd, budget: RetryBudget, now: number): Move {
  const reason = how.reason ?? endReason(how);
  const ended: Attempt = {
    ...attempt,
    phase: "ended",
    endedAt: now,
    outcome: how.outcome,
    ...(reason ? { reason } : {}),
    ...(how.exitCode === undefined ? {} : { exitCode: how.exitCode }),
    ...(how.signal ? { signal: how.signal } : {}),
    ...(how.usage ? { usage: how.usage } : {}),
  };
  const { phase: _, reason: _r, ...rest } = task;
  const base: Task = how.exitCode === undefined ? rest : { ...rest, exitCode: how.exitCode };
  const next = afterEnd(base, how, reason, budget, now);
  return { task: next.task, attempt: ended, entries: [endedEntry(attempt, now), ...next.entries] };
}

function afterEnd(task: Task, how: AttemptEnd, reason: Reason | undefined, budget: RetryBudget, now: number): Move {
  if (how.outcome === "succeeded") return finish(task, "succeeded", undefined, now);
  if (task.state === "cancelling") {
    return finish(task, "cancelled", { code: "cancelled", message: "Cancelled while it ran" }, now);
  }
  if (how.free === true) return queueAgain(task, now);
  // A worker that cancels without being asked has given up on the attempt.
  const system = how.system === true || how.outcome === "lost" || how.outcome === "cancelled";
  const failures = system ? task.systemFailures + 1 + (budget.owed ?? 0) : task.userFailures + 1;
  const counted: Task = system ? { ...task, systemFailures: failures } : { ...task, userFailures: failures };
  const allowed = system ? budget.systemRetries : budget.userRetries;
  if (failures > allowed || (reason !== undefined && permanent.has(reason.code))) {
    return finish(counted, "failed", reason, now);
  }
  return retryLater(counted, reason, failures, now);
}

/** An attempt that has not begun is taken from its worker: the task is queued again, in its old place. */
export function putBack(task: Task, attempt: Attempt, reason: Reason, now: number): Required<Move> {
  const { phase: _, workerId: _w, reason: _r, ...rest } = task;
  return {
    task: { ...rest, state: "queued" },
    attempt: { ...attempt, phase: "ended", endedAt: now, outcome: "cancelled", reason },
    entries: [endedEntry(attempt, now), queuedEntry(task, now)],
  };
}

function queueAgain(task: Task, now: number): Move {
  const { workerId: _, ...rest } = task;
  return { task: { ...rest, state: "queued" }, entries: [queuedEntry(task, now)] };
}

function endedEntry({ taskId, number, workerId }: Attempt, now: number): NewEntry {
  return { kind: "attempt-ended", taskId, attempt: number, workerId, at: now };
}

function retryLater(task: Task, cause: Reason | undefined, failures: number, now: number): Move {
  const notBefore = now + backoff(failures);
  const reason: Reason = {
    code: "backoff",
    message: `Attempt ${task.attempt} ended: ${cause?.message ?? "failed"}; the next one starts after a back-off of ${Math.round((notBefore - now) / 1000)} s`,
  };
  const { workerId: _, ...rest } = task;
  return {
    task: { ...rest, state: "waiting", notBefore, reason },
    entries: [{ kind: "task-waiting", taskId: task.id, at: now }],
  };
}

function finish(task: Task, state: TaskState, reason: Reason | undefined, now: number): Move {
  const { notBefore: _, ...rest } = task;
  return {
    task: { ...rest, state, endedAt: now, ...(reason ? { reason } : {}) },
    entries: [{ kind: "task-ended", taskId: task.id, state, at: now }],
  };
}

/** A waiting task never can start. */
export function fail(task: Task, reason: Reason, now: number): Move {
  const { reason: _, ...rest } = task;
  return finish(rest, "failed", reason, now);
}

/** A waiting task goes on waiting, for something else. */
export function waitOn(task: Task, reason: Reason, now: number): Move {
  return { task: { ...task, reason }, entries: [{ kind: "task-waiting", taskId: task.id, at: now }] };
}

/** A waiting task may start. */
export function queue(task: Task, now: number): Move {
  const { notBefore: _, reason: _r, ...rest } = task;
  return {
    task: { ...rest, state: "queued", queuedAt: now },
    entries: [queuedEntry(task, now)],
  };
}

/** What tells workers that there is something to do. */
export function queuedEntry({ id, demand }: Pick<Task, "id" | "demand">, now: number): NewEntry {
  return { kind: "task-queued", taskId: id, at: now, ...(isReplica(demand) ? { stays: true } : {}) };
}

/**
 * The end of a task is asked for. What has not started is cancelled at once; what runs is told to end.
 *
 * @returns undefined when there is nothing to do: it is being cancelled, or was
 */
export function cancel(task: Task, by: string, now: number): Move | undefined {
  switch (task.state) {
    case "waiting":
    case "queued":
    case "paused": {
      const { reason: _, ...rest } = task;
      return finish(rest, "cancelled", { code: "cancelled", message: `Cancelled by ${by} before it started` }, now);
    }
    case "active":
      return {
        task: {
          ...task,
          state: "cancelling",
          reason: { code: "cancelling", message: `Cancelled by ${by}; its process is being ended` },
        },
        entries: [
          {
            kind: "task-cancelling",
            taskId: task.id,
            attempt: task.attempt,
            workerId: task.workerId ?? "",
            at: now,
          },
        ],
      };
    default:
      return undefined;
  }
}

function endReason(how: AttemptEnd): Reason | undefined {
  switch (how.outcome) {
    case "succeeded":
      return undefined;
    case "failed":
      if (how.signal) return { code: "signal", message: `Killed by ${how.signal}` };
      return { code: "exit-code", message: `Exit code ${how.exitCode ?? "unknown"}` };
    case "timed-out":
      return { code: "timed-out", message: "Reached its time limit" };
    case "cancelled":
      return { code: "cancelled", message: "Ended by its worker" };
    case "lost":
      return { code: "lost", message: "Its worker stopped answering" };
  }
}
