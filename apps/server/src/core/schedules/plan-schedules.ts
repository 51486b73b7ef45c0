import { RefusedError } from "#core/errors.ts";
import type { Calendar } from "#core/ports/calendar.ts";
import type { Project } from "#core/projects/project.ts";
import { type Schedule, scheduleId } from "#core/schedules/schedule.ts";

/**
 * The schedules that a project asks for, as they are when nothing is known of them yet: those of its tasks, not of its
 * templates, data sets or models.
 */
export function planSchedules(project: Project, calendar: Calendar, now: number): readonly Schedule[] {
  if (!project.triggers) return [];
  const { name, tasks } = project.definition;
  return tasks.flatMap((task) => {
    const cron = task.triggers?.schedule;
    if (cron === undefined || task.name === undefined) return [];
    return [
      {
        id: scheduleId(project.id, task.name),
        projectId: project.id,
        projectName: name,
        fromSource: project.sourceId !== undefined,
        taskName: task.name,
        cron,
        missedTicks: "run-latest" as const,
        createdAt: now,
        ...nextOf(calendar, cron, now),
      },
    ];
  });
}

/** When it comes round, or why never. */
function nextOf(calendar: Calendar, cron: string, now: number): Pick<Schedule, "nextAt" | "problem"> {
  try {
    const nextAt = calendar.next(cron, now);
    return nextAt === undefined ? { problem: `"${cron}" names no time that is still to come` } : { nextAt };
  } catch (error) {
    if (error instanceof RefusedError) return { problem: error.message };
    throw error;
  }
}
