import type { Dialect, TaskState } from "#core/tasks/task.ts";

/** Tasks that have not ended, counted. */
export interface OpenTasks {
  readonly counts: readonly { readonly state: TaskState; readonly dialect: Dialect; readonly count: number }[];
  /** When the queued task that has waited longest was queued. */
  readonly oldestQueued: readonly { readonly dialect: Dialect; readonly queuedAt: number }[];
}
