import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { queueProjectTask } from "#core/projects/run-project-task.ts";
import { latestTick } from "#core/schedules/latest-tick.ts";
import type { Schedule, Tick, TickOutcome } from "#core/schedules/schedule.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

const batch = 100;
/** A time that is dealt with later than this was missed. */
const punctual = 60_000;
/** Kept of each schedule's history. */
const ticksKept = 200;

interface Fire {
  readonly id: string;
  /** The time that is dealt with; nothing happens when another server has done it. */
  readonly due: number;
  /** The time to run for; the latest of those that passed. */
  readonly tick: number;
  /** That time as it may be part of a name. */
  readonly stamp: string;
  readonly next: number | undefined;
  readonly now: number;
}

/** Unit of work: deals with one time of a schedule, and with all that passed since unseen. */
async function fireSchedule(tx: Tx, { id, due, tick, stamp, next, now }: Fire): Promise<void> {
  const schedule = (await tx.schedules.getMany([id])).get(id);
  if (!schedule || schedule.nextAt !== due || schedule.paused) return;
  const { nextAt: _, ...rest } = schedule;
  const missed = now - tick > punctual && schedule.missedTicks === "skip";
  const outcome: TickOutcome = missed ? { kind: "missed" } : await start(tx, schedule, { tick, stamp, now });
  const ticks: Tick[] = [{ scheduleId: id, at: tick, firedAt: now, outcome }];
  if (tick !== due) ticks.push({ scheduleId: id, at: due, firedAt: now, outcome: { kind: "missed" } });
  await tx.schedules.put([
    {
      ...rest,
      ...(next === undefined ? {} : { nextAt: next }),
      ...(outcome.kind === "started" ? { lastTaskId: outcome.taskId } : {}),
    },
  ]);
  await tx.schedules.putTicks(ticks, ticksKept);
  await tx.journal.append([{ kind: "schedule-changed", scheduleId: id, at: now }]);
}

/** Part of a unit: runs the task, unless the one of the time before has not ended. */
async function start(
  tx: Tx,
  schedule: Schedule,
  { tick, stamp, now }: Pick<Fire, "tick" | "stamp" | "now">,
): Promise<TickOutcome> {
  const { projectId, taskName, lastTaskId } = schedule;
  const last = lastTaskId === undefined ? undefined : (await tx.tasks.getMany([lastTaskId])).get(lastTaskId);
  if (last && !isTerminal(last.state)) return { kind: "skipped", unfinishedTaskId: last.id };
  try {
    const task = await queueProjectTask(tx, {
      dialect: "ame",
      projectId,
      task: taskName,
      name: () => `${projectId}${taskName}-${stamp}`,
      creator: "schedule",
      origin: { kind: "schedule", id: schedule.id },
      requestId: `schedule ${schedule.id} ${tick}`,
      now,
    });
    return { kind: "started", taskId: task.id };
  } catch (error) {
    if (error instanceof RefusedError) return { kind: "refused", message: error.message };
    throw error;
  }
}

/** Unit of work: the first schedules whose time has come. */
function dueSchedules(tx: Tx, { now }: { readonly now: number }): Promise<readonly Schedule[]> {
  return tx.schedules.due(now, batch);
}

/**
 * Runs what is due, each time once, whatever restarts and other servers there are, and never early.
 *
 * @returns when the next one is due; undefined when none is
 */
export async function runDueSchedules(ports: Pick<Ports, "store" | "clock" | "calendar">): Promise<number | undefined> {
  const { store, clock } = ports;
  const now = clock.now();
  const due = await store.transact(dueSchedules, { now });
  for (const schedule of due) await fire(ports, schedule, now);
  return due.length === batch ? now : store.transact((tx: Tx) => tx.schedules.nextDue(), undefined);
}

function fire({ store, calendar }: Pick<Ports, "store" | "calendar">, schedule: Schedule, now: number): Promise<void> {
  const due = schedule.nextAt ?? now;
  const tick = latestTick(calendar, schedule.cron, due, now);
  const stamp = calendar.stamp(tick);
  return store.transact(fireSchedule, {
    id: schedule.id,
    due,
    tick,
    stamp,
    next: calendar.next(schedule.cron, now),
    now,
  });
}
