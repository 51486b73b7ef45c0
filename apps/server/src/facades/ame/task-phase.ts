import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskListEntrySchema, TaskStatusSchema } from "@tributary/proto/ame/v1/ame_pb";
import type { Task, TaskState } from "#core/tasks/task.ts";

/** AME's phase for each state; see `docs/task-states.md`. */
export const amePhases: Readonly<Record<TaskState, "pending" | "running" | "failed" | "succeeded">> = {
  waiting: "pending",
  queued: "pending",
  paused: "pending",
  active: "running",
  cancelling: "running",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "failed",
};

/** Always with a phase: the CLI cannot do without. */
export function fromTaskState(task: Task): MessageInitShape<typeof TaskStatusSchema> {
  const phase = amePhases[task.state];
  return {
    phase: phase === "pending" ? { case: phase, value: {} } : { case: phase, value: { workflowName: task.name } },
  };
}

export function fromTask(task: Task): MessageInitShape<typeof TaskListEntrySchema> {
  return { status: fromTaskState(task), timeStamp: toTimeStamp(task.createdAt) };
}

/**
 * RFC 3339 in UTC with whole seconds, JSON-encoded: the quotes are part of the value.
 *
 * Source: AME serialises the time where it meant to print it, and its clients expect that.
 */
function toTimeStamp(at: number): string {
  return JSON.stringify(`${new Date(at).toISOString().slice(0, 19)}Z`);
}
