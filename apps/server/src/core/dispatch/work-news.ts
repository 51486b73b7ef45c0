import type { Entry, Position } from "#core/journal/entry.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";

/** What of the journal concerns a worker since it was last told something. */
export interface WorkNews {
  /** There may be something to lease. */
  readonly mayLease: boolean;
  readonly cancels: readonly AttemptRef[];
  /** How many more than it has room for it may be given, as its attempts are short. */
  readonly ahead?: number;
}

/** What is known of the worker. */
interface Listener {
  readonly workerId: string;
  /** It has looked for work since; what was queued until here it has been given, or it went to another. */
  readonly seen: Position;
  readonly hasRoom: boolean;
}

/** Whether an entry can be news to a worker, as far as it tells by itself: {@link addNews} looks closer. */
export function mayConcern(entry: Entry, { workerId, hasRoom }: Pick<Listener, "workerId" | "hasRoom">): boolean {
  if (entry.kind === "task-queued") return hasRoom || entry.stays === true;
  if (entry.kind === "attempt-assigned") return hasRoom;
  return (
    "workerId" in entry && (entry.workerId === workerId || (entry.kind === "worker-changed" && entry.leaves === true))
  );
}

/** Adds entries that follow one another to the news; undefined while there are none. */
export function addNews(
  old: WorkNews | undefined,
  entries: readonly Entry[],
  { workerId, seen, hasRoom }: Listener,
): WorkNews | undefined {
  const cancels = [...(old?.cancels ?? [])];
  let mayLease = old?.mayLease ?? false;
  const queued = new Set<TaskId>();
  for (const entry of entries) {
    const isOld = entry.position <= seen;
    if (entry.kind === "task-queued" && !isOld) {
      queued.add(entry.taskId);
      if (entry.stays) mayLease = true;
    }
    // What it left may be for others now.
    if (entry.kind === "worker-changed" && entry.leaves && !isOld) mayLease = true;
    // Given out in the same breath.
    if (entry.kind === "attempt-assigned") queued.delete(entry.taskId);
    if (!("workerId" in entry) || entry.workerId !== workerId) continue;
    if (entry.kind === "task-cancelling") cancels.push({ taskId: entry.taskId, number: entry.attempt });
    // An end has made room.
    if ((entry.kind === "attempt-ended" || entry.kind === "worker-changed") && !isOld) mayLease = true;
  }
  if (queued.size > 0 && hasRoom) mayLease = true;
  return mayLease || cancels.length > 0 ? { ...old, mayLease, cancels } : undefined;
}
