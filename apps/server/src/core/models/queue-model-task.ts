import { declareDataSets } from "#core/data-sets/find-data-sets.ts";
import { queueWithDataSets } from "#core/data-sets/queue-with-data-sets.ts";
import type { Model, ModelRun } from "#core/models/model.ts";
import { resolveModelTask } from "#core/models/resolve-model-task.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project, TaskDefinition } from "#core/projects/project.ts";
import { inputsOf, toRunSpec } from "#core/projects/to-run-spec.ts";
import type { Variable } from "#core/tasks/injection.ts";
import type { Task } from "#core/tasks/task.ts";

export interface QueueModelTask {
  readonly model: Model;
  readonly project: Project;
  readonly task: TaskDefinition;
  /** Where the task is written, for messages. */
  readonly field: string;
  readonly kind: ModelRun["kind"];
  readonly version?: number;
  /** Unique within the project. @param title - the task's own name */
  readonly name: (title: string) => string;
  /** What it is told of the model; the task's own variables win. */
  readonly variables: readonly Variable[];
  readonly creator: string;
  readonly now: number;
}

/**
 * Part of a unit: queues a task of a model and notes what it is for.
 *
 * @throws RefusedError `invalid` for a task that does not exist or cannot be run, `already-exists` for a name that is taken
 */
export async function queueModelTask(tx: Tx, ask: QueueModelTask): Promise<Task> {
  const { model, project, kind, version, now } = ask;
  const { definition, resolved } = await resolveModelTask(tx, project, ask.task, ask.field);
  const [source] = project.sourceId === undefined ? [] : (await tx.sources.getMany([project.sourceId])).values();
  const spec = toRunSpec(resolved, inputsOf(project, source?.settings.repository ?? ""), {}, definition);
  const name = ask.name(definition.name ?? kind);
  const task = await queueWithDataSets(
    tx,
    {
      dialect: "ame",
      projectId: project.id,
      projectName: project.definition.name,
      name,
      title: kind === "validation" ? name : (definition.name ?? `train-${model.definition.name}`),
      spec: {
        ...spec,
        variables: [...ask.variables, ...spec.variables],
        dataSets: await declareDataSets(tx, project, resolved.dataSets),
      },
      creator: ask.creator,
      labels: { ...project.definition.labels, ...resolved.labels },
      origin: { kind: "model", id: model.id },
      ...(project.commit === undefined ? {} : { commit: project.commit }),
    },
    now,
  );
  await tx.modelRuns.put([
    { taskId: task.id, modelId: model.id, kind, at: now, ...(version === undefined ? {} : { version }) },
  ]);
  return task;
}
