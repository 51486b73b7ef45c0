import { addPoints } from "#core/dispatch/take-usage.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import { settleDependents } from "#core/tasks/settle-dependents.ts";
import type { Attempt, AttemptEnd, AttemptPhase, AttemptRef, Task } from "#core/tasks/task.ts";
import { advance, end, isTerminal } from "#core/tasks/transitions.ts";
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

/** Unit of work: takes reports in order; each is accepted or refused for itself. */
export async function takeReports(
  tx: Tx,
  { workerId, reports, now }: ReportAttempts & { readonly now: number },
): Promise<readonly ReportOutcome[]> {
  const outcomes: ReportOutcome[] = [];
  for (const report of reports) outcomes.push(await takeReport(tx, workerId, report, now));
  return outcomes;
}

async function takeReport(tx: Tx, workerId: string, report: AttemptReport, now: number): Promise<ReportOutcome> {
  const { ref, sequence } = report;
  const [attempt] = await tx.attempts.getMany([ref]);
  const task = (await tx.tasks.getMany([ref.taskId])).get(ref.taskId);
  const verdict = judge(workerId, report, attempt, task);
  if (verdict !== "new" || !attempt || !task) {
    return { ref, sequence, accepted: verdict === "repeat", terminal: false };
  }
  const move = report.end
    ? end(task, { ...attempt, sequence }, report.end, await budgetOf(tx, task), now)
    : advance(task, attempt, report.phase, sequence, report.at);
  await tx.tasks.replace([{ task: move.task, ifState: task.state, ifAttempt: task.attempt }]);
  if (move.attempt) await tx.attempts.replace([move.attempt]);
  const { end: how, usagePoints = [] } = report;
  await addPoints(tx, [{ ref, points: usagePoints, ...(how?.usage ? { totals: how.usage } : {}) }]);
  await tx.journal.append(move.entries);
  await settleDependents(tx, [move.task], now);
  return { ref, sequence, accepted: true, terminal: isTerminal(move.task.state) };
}

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

async function budgetOf(tx: Tx, task: Task) {
  return (await tx.tasks.specs([task.id])).get(task.id) ?? { userRetries: 0, systemRetries: 0 };
}

/** Takes a worker's reports; answered when they are durable. Repeating a call changes nothing. */
export async function reportAttempts(
  { store, clock, leases, logs }: Pick<Ports, "store" | "clock" | "leases" | "logs">,
  { workerId, reports }: ReportAttempts,
): Promise<readonly ReportOutcome[]> {
  if (leases.has(workerId)) leases.extend(workerId, clock.monotonic(), clock.now());
  const outcomes = await store.transact(takeReports, { workerId, reports, now: clock.now() });
  for (const outcome of outcomes) if (outcome.terminal) logs.seal(outcome.ref.taskId);
  return outcomes;
}
