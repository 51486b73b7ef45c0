import type { Tx } from "#core/ports/tx.ts";
import type { Schedule } from "#core/schedules/schedule.ts";

export interface KeepSchedules {
  readonly projectId: string;
  readonly projectName: string;
  readonly fromSource: boolean;
  /** All of them; what else there was of the project ends. */
  readonly schedules: readonly Schedule[];
  readonly now: number;
}

/**
 * Part of a unit: brings a project's schedules in step with its file. A schedule whose cron stays keeps its next time,
 * its pause and its history.
 *
 * An upload takes the place of earlier uploads of the same name, or each push would run everything once more.
 */
export async function keepSchedules(tx: Tx, ask: KeepSchedules): Promise<void> {
  const { projectId, projectName, fromSource, schedules, now } = ask;
  const all = await tx.schedules.ofProject(projectId, projectName);
  const own = all.filter((old) => old.projectId === projectId);
  const replaced =
    fromSource || schedules.length === 0 ? [] : all.filter((old) => !old.fromSource && old.projectId !== projectId);
  const kept = new Map(schedules.map((schedule) => [schedule.id, merged(schedule, own, replaced)]));
  const before = new Map([...own, ...replaced].map((schedule) => [schedule.id, schedule]));
  const gone = [...before.keys()].filter((id) => !kept.has(id));
  const changed = [...kept.values()].filter((schedule) => !isSame(schedule, before.get(schedule.id)));
  await tx.schedules.put(changed);
  await tx.schedules.delete(gone);
  await tx.journal.append(
    [...gone, ...changed.map(({ id }) => id)].map((id) => ({
      kind: "schedule-changed" as const,
      scheduleId: id,
      at: now,
    })),
  );
}

function merged(fresh: Schedule, own: readonly Schedule[], replaced: readonly Schedule[]): Schedule {
  const old = own.find(({ id }) => id === fresh.id) ?? replaced.find(({ taskName }) => taskName === fresh.taskName);
  if (!old) return fresh;
  const { createdAt, missedTicks, paused, lastTaskId } = old;
  return {
    ...fresh,
    createdAt,
    missedTicks,
    ...(paused ? { paused } : {}),
    ...(lastTaskId === undefined ? {} : { lastTaskId }),
    ...(old.cron === fresh.cron && old.nextAt !== undefined ? { nextAt: old.nextAt } : {}),
  };
}

function isSame(a: Schedule, b: Schedule | undefined): boolean {
  return (
    b !== undefined &&
    a.cron === b.cron &&
    a.nextAt === b.nextAt &&
    a.problem === b.problem &&
    a.projectName === b.projectName
  );
}
