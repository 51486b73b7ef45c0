import { whyNotOn } from "#core/dispatch/why-not-running.ts";
import { RefusedError } from "#core/errors.ts";
import type { Position } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Reason } from "#core/reason.ts";
import { handfulOfKinds } from "#core/tasks/queued-kind.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** Why a worker has not taken some of the queued tasks. */
interface WhyNotTaken {
  readonly reason: Reason;
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** Of the one that comes first. */
  readonly firstTaskId: TaskId;
}

export interface IdleWorker {
  /** What holds up most tasks first. */
  readonly reasons: readonly WhyNotTaken[];
  /** Tasks of all reasons together. */
  readonly explainedCount: number;
  /** There are more tasks, or more kinds of them, than were looked at. */
  readonly more: boolean;
  readonly position: Position;
}

/**
 * Why a worker takes none of what is queued. However much that is, it is told in some milliseconds: of each kind of task
 * only so many are counted as are at hand.
 *
 * @throws RefusedError `not-found` for an unknown worker
 */
export async function explainIdleWorker(
  { store }: Pick<Ports, "store">,
  { id }: { readonly id: string },
): Promise<IdleWorker> {
  const [{ workers }, { kinds, more, position }] = await Promise.all([
    store.view.listWorkers(),
    store.view.listQueuedKinds(handfulOfKinds),
  ]);
  const load = workers.find(({ worker }) => worker.id === id);
  if (!load) throw new RefusedError("not-found", `id: there is no worker ${id}`, "id");
  const reasons = new Map<string, WhyNotTaken>();
  for (const { count, more: uncounted, firstTaskId, ...task } of kinds) {
    const reason = whyNotOn(task, load, workers);
    const known = reasons.get(reason.message);
    reasons.set(reason.message, {
      reason,
      count: count + (known?.count ?? 0),
      more: uncounted || known?.more === true,
      firstTaskId: Math.min(firstTaskId, known?.firstTaskId ?? firstTaskId),
    });
  }
  return {
    reasons: [...reasons.values()].sort((a, b) => b.count - a.count),
    explainedCount: kinds.reduce((sum, { count }) => sum + count, 0),
    more: more || kinds.some((kind) => kind.more),
    position,
  };
}
