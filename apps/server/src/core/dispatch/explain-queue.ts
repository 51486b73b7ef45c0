import { whyNotRunning } from "#core/dispatch/why-not-running.ts";
import type { ReasonCount, View } from "#core/ports/view.ts";
import { handfulOfKinds } from "#core/tasks/queued-kind.ts";
import type { Task } from "#core/tasks/task.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

/** Tasks that are looked at one by one, the oldest; of a longer queue kinds are. */
const mostTasks = 500;
/** Projects that are named with a reason. */
const mostProjects = 5;

type QueueView = Pick<View, "listTasks" | "listQueuedKinds">;

/**
 * Why queued tasks have not started, by reason, that of most tasks first. Of a queue of more than 500 tasks it is told
 * by kind, so that all count; the projects that are named are those of its 500 oldest.
 */
export async function explainQueue(view: QueueView, loads: readonly WorkerLoad[]): Promise<readonly ReasonCount[]> {
  const oldest = await view.listTasks({ filter: { states: ["queued"] }, order: "created-asc", limit: mostTasks });
  const reasons = byReason(oldest.tasks, loads);
  const counted = oldest.next ? await countKinds(view, loads, reasons) : reasons;
  return [...counted.values()].sort((a, b) => b.count - a.count);
}

function byReason(tasks: readonly Task[], loads: readonly WorkerLoad[]): ReadonlyMap<string, ReasonCount> {
  const counts = new Map<string, ReasonCount>();
  for (const task of tasks) {
    const { code, message } = whyNotRunning(task, loads).reason;
    const known = counts.get(message);
    counts.set(message, {
      code,
      message,
      count: (known?.count ?? 0) + 1,
      projectNames: [...new Set([...(known?.projectNames ?? []), task.projectName])].slice(0, mostProjects),
      lastAt: Math.max(known?.lastAt ?? 0, task.queuedAt ?? task.createdAt),
      lastTaskId: task.id,
    });
  }
  return counts;
}

/** @param oldest - what is known of the reasons of the oldest tasks */
async function countKinds(
  view: QueueView,
  loads: readonly WorkerLoad[],
  oldest: ReadonlyMap<string, ReasonCount>,
): Promise<ReadonlyMap<string, ReasonCount>> {
  const counts = new Map<string, ReasonCount>();
  const { kinds } = await view.listQueuedKinds(handfulOfKinds);
  for (const { count, firstTaskId, ...kind } of kinds) {
    const { code, message } = whyNotRunning(kind, loads).reason;
    const { projectNames, lastAt, lastTaskId } = oldest.get(message) ?? {
      projectNames: [],
      lastAt: 0,
      lastTaskId: firstTaskId,
    };
    counts.set(message, {
      code,
      message,
      count: count + (counts.get(message)?.count ?? 0),
      projectNames,
      lastAt,
      lastTaskId,
    });
  }
  return counts;
}
