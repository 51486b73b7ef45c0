import type { Position } from "#core/journal/entry.ts";
import type { Demand, Dialect, TaskId } from "#core/tasks/task.ts";

/** Queued tasks for which everything is alike that decides where they can run. */
interface QueuedKind {
  readonly dialect: Dialect;
  readonly demand: Demand;
  readonly count: number;
  /** Of the one that was made first. */
  readonly firstTaskId: TaskId;
}

export interface QueuedKindsAsk {
  /** Kinds to answer. */
  readonly limit: number;
  /** Of these projects only. */
  readonly projectNames?: readonly string[];
}

/** What is queued, the most frequent kinds first. */
export interface QueuedKinds {
  readonly kinds: readonly QueuedKind[];
  readonly position: Position;
}
