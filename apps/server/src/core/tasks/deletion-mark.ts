import type { TaskId } from "#core/tasks/task.ts";

/** That somebody wants a task gone; it goes once that is approved and it has ended. */
export interface DeletionMark {
  readonly taskId: TaskId;
  readonly approved: boolean;
  readonly by: string;
  readonly at: number;
}
