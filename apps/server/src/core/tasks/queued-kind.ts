import type { Position } from "#core/journal/entry.ts";
import type { Demand, Dialect, TaskId } from "#core/tasks/task.ts";

/** Queued tasks for which everything is alike that decides where they can run. */
interface QueuedKind {
  readonly dialect: Dialect;
  readonly demand: Demand;
  readonly count: number;
  /** Counting stopped: there are more. */
  readonly more: boolean;
  /** Of the one that is first in the queue. */
  readonly firstTaskId: TaskId;
}

export interface QueuedKindsAsk {
  /** Kinds to answer, those of most tasks first. */
  readonly limit: number;
  /** Tasks to count where that takes time, in all. */
  readonly counted: number;
}

/** What is queued, the most frequent kinds first. */
export interface QueuedKinds {
  readonly kinds: readonly QueuedKind[];
  /** There are kinds beside these. */
  readonly more: boolean;
  readonly position: Position;
}
