import type { ModelVersion, Validation } from "#core/models/model.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** Part of a unit: versions with the outcome of validations that have ended. */
export async function settleValidations(tx: Tx, versions: readonly ModelVersion[]): Promise<readonly ModelVersion[]> {
  const running = versions.flatMap(({ validation: { state, taskId } }) =>
    state === "running" && taskId !== undefined ? taskId : [],
  );
  const tasks = await tx.tasks.getMany(running);
  return versions.map((version) => {
    const { validation } = version;
    if (validation.state !== "running" || validation.taskId === undefined) return version;
    return { ...version, validation: settle(validation, tasks.get(validation.taskId)) };
  });
}

function settle(validation: Validation, task: Task | undefined): Validation {
  if (task && !isTerminal(task.state)) return validation;
  const { passedBefore: _, ...rest } = validation;
  if (!task) return { ...rest, state: "invalid", problem: "The task that validated it was deleted before it ended" };
  if (task.state === "succeeded") return { ...rest, state: "valid" };
  return { ...rest, state: "invalid", problem: task.reason?.message ?? "The validation did not succeed" };
}
