import type { Position } from "#core/journal/entry.ts";
import type { Demand, Dialect, Task, TaskId } from "#core/tasks/task.ts";

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

/** Enough to explain a queue, and few enough to be told in some milliseconds. */
export const handfulOfKinds: QueuedKindsAsk = { limit: 1_000, counted: 20_000 };

/** What is queued, the most frequent kinds first. */
export interface QueuedKinds {
  readonly kinds: readonly QueuedKind[];
  /** There are kinds beside these. */
  readonly more: boolean;
  readonly position: Position;
}

/** The kinds of tasks that are at hand, in the order of the queue. */
export function kindsOf(tasks: readonly Task[]): readonly QueuedKind[] {
  const kinds = new Map<string, QueuedKind>();
  for (const { id, dialect, demand } of tasks) {
    const key = JSON.stringify([dialect, Object.entries(demand).sort(([a], [b]) => (a < b ? -1 : 1))]);
    const known = kinds.get(key) ?? { dialect, demand, count: 0, more: false, firstTaskId: id };
    kinds.set(key, { ...known, count: known.count + 1 });
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count);
}
