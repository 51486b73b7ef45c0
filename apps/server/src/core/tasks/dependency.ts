import type { Reason } from "#core/reason.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** A task that must end well before another may start, and whose files that one gets. */
export interface Dependency {
  readonly taskId: TaskId;
  readonly onTaskId: TaskId;
  /** Files of that task at or below this path are brought to the working directory; empty means all. */
  readonly path: string;
  /** What people call it: `data set churn.customers`. */
  readonly label: string;
}

/** Why a task waits, in one sentence. */
export function waitReason(outstanding: readonly Pick<Dependency, "onTaskId" | "label">[]): Reason {
  const [first, ...others] = outstanding;
  const more = others.length > 0 ? `, and ${others.length} more` : "";
  return { code: "dependency", message: `Waits for ${first?.label}, which task ${first?.onTaskId} makes${more}` };
}
