import { RefusedError } from "#core/errors.ts";
import { declareModels } from "#core/models/declare-models.ts";
import { type Model, modelId } from "#core/models/model.ts";
import { queueModelTask } from "#core/models/queue-model-task.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { findOwner } from "#core/projects/find-owner.ts";
import type { Project } from "#core/projects/project.ts";
import type { Task } from "#core/tasks/task.ts";

interface TrainModel {
  readonly projectName: string;
  readonly name: string;
  readonly by: string;
}

/** Unit of work: queues the training of a model, each time a task of its own. */
export async function queueTraining(
  tx: Tx,
  { projectName, name, by, now }: TrainModel & { readonly now: number },
): Promise<Task> {
  const { project, model } = await findModel(tx, projectName, name, now);
  const task = model.definition.training?.task;
  if (!task) {
    throw new RefusedError(
      "invalid",
      `model ${name} of project ${projectName} has no training; write training: {task: …} in its project file`,
      "model_name",
    );
  }
  const trainings = model.trainings + 1;
  const queued = await queueModelTask(tx, {
    model,
    project,
    task,
    field: "training.task",
    kind: "training",
    name: (title) => `${project.id}${name}${title}-${trainings}`,
    variables: [{ name: "TRIBUTARY_MODEL", value: name }],
    creator: by,
    now,
  });
  await tx.models.put([{ ...model, trainings }]);
  await tx.journal.append([{ kind: "model-changed", modelId: model.id, at: now }]);
  return queued;
}

/** Part of a unit: a model by the names of its project and its own. */
async function findModel(
  tx: Tx,
  projectName: string,
  name: string,
  now: number,
): Promise<{ readonly project: Project; readonly model: Model }> {
  const project = await findOwner(tx, projectName, "projectid");
  if (!project) {
    throw new RefusedError(
      "not-found",
      `there is no project ${projectName.slice(0, 80)}, so no model ${name.slice(0, 80)} of it; names count, not ids`,
      "projectid",
    );
  }
  await declareModels(tx, project, now);
  const model = (await tx.models.getMany([modelId(projectName, name)])).get(modelId(projectName, name));
  if (model) return { project, model };
  const known = project.definition.models.map((each) => each.name).join(", ") || "none";
  throw new RefusedError(
    "not-found",
    `project ${projectName} has no model ${name.slice(0, 80)}; its models are: ${known}`,
    "model_name",
  );
}

/**
 * Runs a model's training task now; answered when that is durable.
 *
 * @throws RefusedError `not-found` for an unknown project or model; `invalid` for a model without training, a training that
 * cannot be run, or a name that several sources have
 */
export function trainModel({ store, clock }: Pick<Ports, "store" | "clock">, ask: TrainModel): Promise<Task> {
  return store.transact(queueTraining, { ...ask, now: clock.now() });
}
