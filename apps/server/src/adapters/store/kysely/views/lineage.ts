import type { Lineage, LinkedTask } from "#core/ports/view.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { taskColumns, taskOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

const mostLinks = 100;

/** The tasks next to one in the order of waiting, and those that repeat it; those that were removed are left out. */
export async function getLineage(snapshot: Snapshot, id: TaskId): Promise<Lineage> {
  return {
    waitsFor: await linked(snapshot, "task_id", "on_task_id", id),
    waitedForBy: await linked(snapshot, "on_task_id", "task_id", id),
    retries: await retriesOf(snapshot, id),
  };
}

async function retriesOf({ db }: Snapshot, id: TaskId): Promise<readonly Task[]> {
  const rows = await db
    .selectFrom("tasks")
    .select(taskColumns)
    .where("retry_of", "=", id)
    .orderBy("id", "desc")
    .limit(mostLinks)
    .execute();
  return rows.map(taskOf);
}

async function linked(
  { db }: Snapshot,
  own: "task_id" | "on_task_id",
  other: "task_id" | "on_task_id",
  id: TaskId,
): Promise<readonly LinkedTask[]> {
  const rows = await db
    .selectFrom("dependencies")
    .innerJoin("tasks", "tasks.id", `dependencies.${other}`)
    .select(taskColumns.map((column) => `tasks.${column}` as const))
    .select("dependencies.label")
    .where(`dependencies.${own}`, "=", id)
    .orderBy("tasks.id")
    .orderBy("dependencies.path")
    .limit(mostLinks)
    .execute();
  return rows.map((row) => ({ task: taskOf(row), label: row.label }));
}
