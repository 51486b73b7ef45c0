import { whyNotRunning } from "#core/dispatch/why-not-running.ts";
import type { LinkedTask } from "#core/ports/view.ts";
import type { Reason } from "#core/reason.ts";
import type { Task, TaskState } from "#core/tasks/task.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

/** How far another task is, for one that waits for it. */
const progress: Readonly<Record<TaskState, Omit<Reason, "hint">>> = {
  waiting: { code: "dependency", message: "waits itself" },
  queued: { code: "dependency", message: "is queued" },
  active: { code: "dependency", message: "runs" },
  cancelling: { code: "dependency", message: "is being cancelled" },
  paused: { code: "dependency", message: "is paused" },
  succeeded: { code: "ready", message: "has ended well" },
  failed: { code: "dependency", message: "has failed" },
  cancelled: { code: "dependency", message: "was cancelled" },
};

/** What never changes by waiting. */
const lasting = ["too-big", "draining", "other-tasks"];

/**
 * What was checked of a task that waits: each task that it waits for, and which workers could not take it even then. Nothing
 * where its reason says all there is.
 */
export function whyWaiting(
  task: Task,
  waitsFor: readonly LinkedTask[],
  loads: readonly WorkerLoad[],
): readonly Reason[] {
  const others = waitsFor.map(({ task: other, label }) => {
    const { code, message } = progress[other.state];
    return { code, message: `${label}: task ${other.id} ${other.title} ${message}` };
  });
  const { checks } = whyNotRunning(task, loads);
  const nobody = checks.length > 0 && checks.every(({ code }) => lasting.includes(code));
  return nobody ? [...others, ...checks] : others;
}
