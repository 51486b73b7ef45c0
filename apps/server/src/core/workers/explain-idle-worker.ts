import { whyNotOn } from "#core/dispatch/why-not-running.ts";
import { RefusedError } from "#core/errors.ts";
import type { Position } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Reason } from "#core/reason.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** Kinds of queued tasks that are looked at, those of most tasks first. */
const mostKinds = 1_000;

/** Why a worker has not taken some of the queued tasks. */
interface WhyNotTaken {
  readonly reason: Reason;
  readonly count: number;
  /** Of the one that was made first. */
  readonly firstTaskId: TaskId;
}

export interface IdleWorker {
  /** What holds up most tasks first. */
  readonly reasons: readonly WhyNotTaken[];
  /** Tasks of all reasons together; those of rarer kinds than are looked at are not among them. */
  readonly explainedCount: number;
  readonly position: Position;
}

/**
 * Why a worker takes none of what is queued, however much that is.
 *
 * @throws RefusedError `not-found` for an unknown worker
 */
export async function explainIdleWorker(
  { store }: Pick<Ports, "store">,
  { id }: { readonly id: string },
): Promise<IdleWorker> {
  const [{ workers }, { kinds, position }] = await Promise.all([
    store.view.listWorkers(),
    store.view.listQueuedKinds({ limit: mostKinds }),
  ]);
  const load = workers.find(({ worker }) => worker.id === id);
  if (!load) throw new RefusedError("not-found", `id: there is no worker ${id}`, "id");
  const reasons = new Map<string, WhyNotTaken>();
  for (const { count, firstTaskId, ...task } of kinds) {
    const reason = whyNotOn(task, load, workers);
    const known = reasons.get(reason.message);
    reasons.set(reason.message, {
      reason,
      count: count + (known?.count ?? 0),
      firstTaskId: Math.min(firstTaskId, known?.firstTaskId ?? firstTaskId),
    });
  }
  return {
    reasons: [...reasons.values()].sort((a, b) => b.count - a.count),
    explainedCount: kinds.reduce((sum, { count }) => sum + count, 0),
    position,
  };
}
