import type { TaskId } from "#core/tasks/task.ts";

/** What becomes of times that passed while no server ran: one run for the latest of them, or none. */
export type MissedTicks = "run-latest" | "skip";

/** A task of a project that is to be run again and again. */
export interface Schedule {
  /** Project id and task name, with a slash between. */
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  /** The project belongs to a source. */
  readonly fromSource: boolean;
  readonly taskName: string;
  /** As the project file says it. */
  readonly cron: string;
  /** Why the schedule cannot be followed; it has no next time then. */
  readonly problem?: string;
  /** Unset when it never comes round again. */
  readonly nextAt?: number;
  readonly missedTicks: MissedTicks;
  readonly paused?: { readonly by: string; readonly at: number; readonly note: string };
  /** The task of the last time that started one. */
  readonly lastTaskId?: TaskId;
  readonly createdAt: number;
}

export type TickOutcome =
  | { readonly kind: "started"; readonly taskId: TaskId }
  /** The task of the time before has not ended. */
  | { readonly kind: "skipped"; readonly unfinishedTaskId: TaskId }
  /** No server ran at the time. */
  | { readonly kind: "missed" }
  /** The task could not be run. */
  | { readonly kind: "refused"; readonly message: string };

/** One time of a schedule, and what came of it. */
export interface Tick {
  readonly scheduleId: string;
  /** The time that the schedule names. */
  readonly at: number;
  /** When it was dealt with. */
  readonly firedAt: number;
  readonly outcome: TickOutcome;
}

export function scheduleId(projectId: string, taskName: string): string {
  return `${projectId}/${taskName}`;
}
