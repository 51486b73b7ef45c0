import type { View } from "#core/ports/view.ts";
import type { Task } from "#core/tasks/task.ts";
import { modelOf, modelRunOf, modelVersionOf, replicaOf } from "../body-rows.ts";
import { taskOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

type Answer = Awaited<ReturnType<View["listModels"]>>;

/** Of each model. */
const mostRuns = 50;

export async function listModels({ db, position }: Snapshot, { id }: { readonly id?: string }): Promise<Answer> {
  const some = db.selectFrom("models").select(["id", "body"]).orderBy("id");
  const rows = await (id === undefined ? some : some.where("id", "=", id)).execute();
  const models: Answer["models"][number][] = [];
  for (const row of rows) {
    const versions = await db
      .selectFrom("model_versions")
      .select("body")
      .where("model_id", "=", row.id)
      .orderBy("version", "desc")
      .execute();
    const runRows = db.selectFrom("model_runs").select("body").where("model_id", "=", row.id);
    const runs = (await runRows.orderBy("task_id", "desc").limit(mostRuns).execute()).map(modelRunOf);
    const replicaRows = db.selectFrom("replicas").select("body").where("model_id", "=", row.id);
    const replicas = (await replicaRows.orderBy("task_id").execute()).map(replicaOf);
    const tasks = await tasksOf(
      db,
      [...runs, ...replicas].map(({ taskId }) => taskId),
    );
    const taskFor = (taskId: number) => tasks.get(taskId);
    models.push({
      model: modelOf(row),
      versions: versions.map(modelVersionOf),
      runs: runs.flatMap((run) => {
        const task = taskFor(run.taskId);
        return task ? [{ run, task }] : [];
      }),
      replicas: replicas.flatMap((replica) => {
        const task = taskFor(replica.taskId);
        return task ? [{ replica, task }] : [];
      }),
    });
  }
  return { models, position };
}

async function tasksOf(db: Snapshot["db"], ids: readonly number[]): Promise<ReadonlyMap<number, Task>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("tasks").selectAll().where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, taskOf(row)]));
}
