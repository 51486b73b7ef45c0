import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";

/** @throws RefusedError `not-found` */
export async function knownTask(tx: Tx, id: TaskId): Promise<Task> {
  const task = (await tx.tasks.getMany([id])).get(id);
  if (!task) throw new RefusedError("not-found", `there is no task ${id}`);
  return task;
}
