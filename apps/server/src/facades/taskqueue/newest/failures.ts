import type { Reason } from "#core/reason.ts";
import type { Task } from "#core/tasks/task.ts";

/** How scitq sorts failures, and what that is here. */
const failures: Readonly<Record<string, Reason>> = {
  oom: { code: "out-of-memory", message: "Its worker ended it as it took more memory than it had" },
  timeout: { code: "timed-out", message: "Reached its time limit" },
  eviction: { code: "lost", message: "Its worker was taken away" },
  network: { code: "network", message: "Its worker could not reach what it needs" },
};

/**
 * Why a task failed, as its worker says.
 *
 * @param failureClass - one of scitq's; any other says no more than that it failed
 */
export function toReason(failureClass: string | undefined): Reason | undefined {
  return failureClass !== undefined && Object.hasOwn(failures, failureClass) ? failures[failureClass] : undefined;
}

/** The class of a failed task. */
export function fromReason({ reason }: Pick<Task, "reason">): string {
  const [found] = Object.entries(failures).find(([, { code }]) => code === reason?.code) ?? ["other"];
  return found;
}
