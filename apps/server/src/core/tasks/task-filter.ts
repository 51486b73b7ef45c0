import type { Dialect, TaskState } from "#core/tasks/task.ts";

/** Which tasks a list shows, or an act is for; what is unset leaves all. */
export interface TaskFilter {
  readonly states?: readonly TaskState[];
  readonly dialects?: readonly Dialect[];
  readonly projectId?: string;
  readonly projectName?: string;
  /** Only tasks of projects with one of these names. */
  readonly projectNames?: readonly string[];
  /** Part of title or name, any case. */
  readonly text?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  /** The whole title, any case. */
  readonly title?: string;
  readonly creator?: string;
  /** The worker of the current or last attempt is one of these. */
  readonly workerIds?: readonly string[];
  /** Part of the kept reason's message, any case. */
  readonly reason?: string;
  readonly endedAfter?: number;
  readonly endedBefore?: number;
  readonly ran?: RunLength;
  /** It has all of these: `key=value`, or a key alone for any value. */
  readonly labels?: readonly string[];
}

/** How long the current or last attempt ran, in milliseconds; one that still runs, until now. */
export interface RunLength {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly now: number;
}
