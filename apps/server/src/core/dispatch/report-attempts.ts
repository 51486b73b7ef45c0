import { findOwing } from "#core/dispatch/given-ahead.ts";
import { addPoints } from "#core/dispatch/take-usage.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { isBeingReleased } from "#core/providers/provided-worker.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type {
  Attempt,
  AttemptEnd,
  AttemptPhase,
  AttemptRef,
  PreparedEnvironment,
  Task,
  TaskId,
} from "#core/tasks/task.ts";
import { advance, end, isTerminal, type Move, putBack, type RetryBudget } from "#core/tasks/transitions.ts";
import type { UsagePoint } from "#core/tasks/usage.ts";

/** What a worker says about one of its attempts. */
export interface AttemptReport {
  readonly ref: AttemptRef;
  /** Increasing within the attempt. */
  readonly sequence: number;
  readonly phase: AttemptPhase;
  readonly at: number;
  /** Set with the phase `ended`. */
  readonly end?: AttemptEnd;
  /** With the phase `running`. */
  readonly environment?: PreparedEnvironment;
  /** With the end: nothing of it was begun, and it goes back into the queue. */
  readonly notBegun?: boolean;
  /** With the end: what no heartbeat has told. */
  readonly usagePoints?: readonly UsagePoint[];
}

export interface ReportOutcome {
  readonly ref: AttemptRef;
  readonly sequence: number;
  readonly accepted: boolean;
  /** The task ended with this report. */
  readonly terminal: boolean;
}

interface ReportAttempts {
  readonly workerId: string;
  readonly reports: readonly AttemptReport[];
}

/** What reports are about, as it is after those that were taken. */
interface Rows {
  readonly tasks: Map<TaskId, Task>;
  readonly attempts: Map<string, Attempt>;
  readonly budgets: ReadonlyMap<TaskId, RetryBudget>;
  /** The worker is being ended by this server, and hands back what it has not finished. */
  readonly isReleased: boolean;
}

/** One report: what becomes of it, and what it changes. */
interface Taken {
  readonly outcome: ReportOutcome;
  readonly move?: Move;
}

/** Unit of work: takes reports in order; each is accepted or refused for itself. */
export async function takeReports(
  tx: Tx,
  { workerId, reports, now }: ReportAttempts & { readonly now: number },
): Promise<readonly ReportOutcome[]> {
  const rows = await readRows(tx, workerId, reports);
  const before = new Map(rows.tasks);
  const taken = reports.map((report) => takeReport(rows, workerId, report, now));
  const moves = taken.flatMap(({ move }) => move ?? []);
  if (moves.length > 0) {
    const tasks = new Map(moves.map(({ task }) => [task.id, task]));
    await tx.tasks.replace(
      [...tasks.values()].map((task) => {
        const { state: ifState, attempt: ifAttempt } = before.get(task.id) as Task;
        return { task, ifState, ifAttempt };
      }),
    );
    await tx.attempts.replace([
      ...new Map(moves.flatMap(({ attempt }) => (attempt ? [[keyOf(attempt), attempt]] : []))).values(),
    ]);
    await addPoints(tx, usagesOf(reports, taken));
    await tx.journal.append(moves.flatMap(({ entries }) => entries));
    await settleDependents(tx, [...tasks.values()], now);
  }
  return taken.map(({ outcome }) => outcome);
}

async function readRows(tx: Tx, workerId: string, reports: readonly AttemptReport[]): Promise<Rows> {
  const refs = new Map(reports.map(({ ref }) => [keyOf(ref), ref]));
  const ids = [...new Set(reports.map(({ ref }) => ref.taskId))];
  // What has ended well is not tried again.
  const failing = new Set(reports.flatMap(({ ref, end }) => (end && end.outcome !== "succeeded" ? [ref.taskId] : [])));
  const attempts = await tx.attempts.getMany([...refs.values()]);
  const tasks = new Map(await tx.tasks.getMany(ids));
  return {
    tasks,
    attempts: new Map(attempts.map((attempt) => [keyOf(attempt), attempt])),
    budgets: await budgetsOf(
      tx,
      [...failing].flatMap((id) => tasks.get(id) ?? []),
    ),
    isReleased: reports.some(isHandedBack) && (await isReleased(tx, workerId)),
  };
}

async function budgetsOf(tx: Tx, tasks: readonly Task[]): Promise<ReadonlyMap<TaskId, RetryBudget>> {
  if (tasks.length === 0) return new Map();
  const specs = await tx.tasks.specs(tasks.map(({ id }) => id));
  const owing = await findOwing(tx, tasks);
  return new Map([...specs].map(([id, spec]) => [id, owing.has(id) ? { ...spec, owed: 1 } : spec]));
}

/** Part of a unit: what such a worker has not finished is nobody's fault. */
async function isReleased(tx: Tx, workerId: string): Promise<boolean> {
  const row = (await tx.providedWorkers.getMany([workerId])).get(workerId);
  return row !== undefined && isBeingReleased(row);
}

function isHandedBack({ end: how }: AttemptReport): boolean {
  return how?.reason?.code === "worker-stopped";
}

function takeReport(rows: Rows, workerId: string, report: AttemptReport, now: number): Taken {
  const { ref, sequence } = report;
  const attempt = rows.attempts.get(keyOf(ref));
  const task = rows.tasks.get(ref.taskId);
  const verdict = judge(workerId, report, attempt, task);
  if (verdict !== "new" || !attempt || !task) {
    return { outcome: { ref, sequence, accepted: verdict === "repeat", terminal: false } };
  }
  const budget = rows.budgets.get(ref.taskId) ?? { userRetries: 0, systemRetries: 0 };
  const move = report.end
    ? endOf(task, { ...attempt, sequence }, { ...report, end: withExcuse(rows, report, report.end) }, budget, now)
    : advance(task, withEnvironment(attempt, report), report.phase, sequence, report.at);
  rows.tasks.set(task.id, move.task);
  if (move.attempt) rows.attempts.set(keyOf(ref), move.attempt);
  return { outcome: { ref, sequence, accepted: true, terminal: isTerminal(move.task.state) }, move };
}

function endOf(
  task: Task,
  attempt: Attempt,
  { end: how, notBegun }: AttemptReport & { readonly end: AttemptEnd },
  budget: RetryBudget,
  now: number,
): Move {
  const begun = !notBegun || attempt.phase === "running" || attempt.phase === "collecting";
  if (begun || task.state === "cancelling") return end(task, attempt, how, budget, now);
  const reason = { code: "put-back", message: "Its worker had no place for it yet" };
  return putBack(task, attempt, how.reason ?? reason, now);
}

/** How many attempts began and ended with these reports: those that ran for a moment. */
function countShort(reports: readonly AttemptReport[]): number {
  const begun = new Set(reports.flatMap(({ ref, phase }) => (phase === "running" ? [keyOf(ref)] : [])));
  return reports.filter(({ ref, end: how }) => how && begun.has(keyOf(ref))).length;
}

/** What a worker hands back that this server ends is not held against its tasks. */
function withExcuse({ isReleased: excused }: Rows, report: AttemptReport, how: AttemptEnd): AttemptEnd {
  return excused && isHandedBack(report) ? { ...how, free: true } : how;
}

function withEnvironment(attempt: Attempt, { environment }: AttemptReport): Attempt {
  return environment ? { ...attempt, environment } : attempt;
}

/** What attempts took that ended with these reports. */
function usagesOf(reports: readonly AttemptReport[], taken: readonly Taken[]) {
  return reports.flatMap(({ ref, end: how, usagePoints: points = [] }, index) =>
    how && taken[index]?.move ? [{ ref, points, ...(how.usage ? { totals: how.usage } : {}) }] : [],
  );
}

const keyOf = ({ taskId, number }: AttemptRef) => `${taskId}.${number}`;

/** A repeat of what was taken is accepted and does nothing; a report for an attempt that is not current is refused. */
function judge(
  workerId: string,
  report: AttemptReport,
  attempt: Attempt | undefined,
  task: Task | undefined,
): "new" | "repeat" | "refused" {
  if (!attempt || !task || attempt.workerId !== workerId) return "refused";
  if (attempt.endedAt !== undefined) {
    return attempt.sequence >= report.sequence && attempt.outcome !== "lost" ? "repeat" : "refused";
  }
  if (task.attempt !== attempt.number || isTerminal(task.state)) return "refused";
  return report.sequence <= attempt.sequence ? "repeat" : "new";
}

/** Takes a worker's reports; answered when they are durable. Repeating a call changes nothing. */
export async function reportAttempts(
  { store, clock, leases, waiting, logs }: Pick<Ports, "store" | "clock" | "leases" | "waiting" | "logs">,
  { workerId, reports }: ReportAttempts,
): Promise<readonly ReportOutcome[]> {
  if (leases.has(workerId)) leases.extend(workerId, clock.monotonic(), clock.now());
  const taken = store.transact(takeReports, { workerId, reports, now: clock.now() });
  if (reports.some(({ end: how }) => how !== undefined)) waiting.roomMade(workerId, countShort(reports));
  const outcomes = await taken;
  for (const outcome of outcomes) if (outcome.terminal) logs.seal(outcome.ref.taskId);
  return outcomes;
}
