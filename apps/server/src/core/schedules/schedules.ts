import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { queueProjectTask } from "#core/projects/run-project-task.ts";
import type { MissedTicks, Schedule } from "#core/schedules/schedule.ts";
import type { Task } from "#core/tasks/task.ts";

const longestNote = 500;

/** @throws RefusedError `not-found` */
export async function knownSchedule(tx: Tx, id: string): Promise<Schedule> {
  const schedule = (await tx.schedules.getMany([id])).get(id);
  if (!schedule) throw new RefusedError("not-found", `there is no schedule ${id.slice(0, 200)}`);
  return schedule;
}

async function putSchedule(tx: Tx, schedule: Schedule, now: number): Promise<Schedule> {
  await tx.schedules.put([schedule]);
  await tx.journal.append([{ kind: "schedule-changed", scheduleId: schedule.id, at: now }]);
  return schedule;
}

interface Pause {
  readonly id: string;
  readonly by: string;
  /** Why; for those who find it paused. */
  readonly note: string;
}

async function pause(tx: Tx, { id, by, note, now }: Pause & { readonly now: number }): Promise<Schedule> {
  const schedule = await knownSchedule(tx, id);
  if (schedule.paused?.note === note) return schedule;
  return putSchedule(tx, { ...schedule, paused: { by, at: now, note } }, now);
}

/**
 * Nothing is started by the schedule until it is resumed; pausing again changes the note.
 *
 * @throws RefusedError `not-found`; `invalid` for a note that is too long
 */
export function pauseSchedule({ store, clock }: Pick<Ports, "store" | "clock">, ask: Pause): Promise<Schedule> {
  if (ask.note.length > longestNote) {
    throw new RefusedError("invalid", `note: has ${ask.note.length} characters, at most ${longestNote}`, "note");
  }
  return store.transact(pause, { ...ask, now: clock.now() });
}

interface Resume {
  readonly id: string;
  readonly nextAt: number | undefined;
  readonly now: number;
}

async function resume(tx: Tx, { id, nextAt, now }: Resume): Promise<Schedule> {
  const { paused, nextAt: _, ...rest } = await knownSchedule(tx, id);
  if (!paused) return knownSchedule(tx, id);
  return putSchedule(tx, { ...rest, ...(nextAt === undefined ? {} : { nextAt }) }, now);
}

/**
 * Goes on from now: times that passed in the pause are not made up for.
 *
 * @throws RefusedError `not-found`
 */
export async function resumeSchedule(
  { store, clock, calendar }: Pick<Ports, "store" | "clock" | "calendar">,
  id: string,
): Promise<Schedule> {
  const { cron, problem } = await store.transact(knownSchedule, id);
  const now = clock.now();
  return store.transact(resume, { id, nextAt: problem === undefined ? calendar.next(cron, now) : undefined, now });
}

async function setMissedTicks(
  tx: Tx,
  { id, missedTicks, now }: { readonly id: string; readonly missedTicks: MissedTicks; readonly now: number },
): Promise<Schedule> {
  return putSchedule(tx, { ...(await knownSchedule(tx, id)), missedTicks }, now);
}

/**
 * Says what becomes of times that pass while no server runs.
 *
 * @throws RefusedError `not-found`
 */
export function changeMissedTicks(
  { store, clock }: Pick<Ports, "store" | "clock">,
  ask: { readonly id: string; readonly missedTicks: MissedTicks },
): Promise<Schedule> {
  return store.transact(setMissedTicks, { ...ask, now: clock.now() });
}

interface RunNow {
  readonly id: string;
  readonly by: string;
  readonly suffix: string;
  readonly now: number;
}

async function runNow(tx: Tx, { id, by, suffix, now }: RunNow): Promise<Task> {
  const { projectId, taskName } = await knownSchedule(tx, id);
  return queueProjectTask(tx, {
    dialect: "ame",
    projectId,
    task: taskName,
    name: (project, title) => `${project}${title}-${suffix}`,
    creator: by,
    now,
  });
}

/**
 * Runs the task of a schedule once, beside its times.
 *
 * @throws RefusedError `not-found`; as the task's own run otherwise
 */
export function runScheduleNow(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  ask: Pick<RunNow, "id" | "by">,
): Promise<Task> {
  return store.transact(runNow, { ...ask, suffix: newId(random, "", 5), now: clock.now() });
}
