import { RefusedError } from "#core/errors.ts";
import { knownModel } from "#core/models/known-model.ts";
import { isValidated, type Model, type ModelVersion, type Validation } from "#core/models/model.ts";
import { queueModelTask } from "#core/models/queue-model-task.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";

interface QueueValidation {
  readonly model: Model;
  readonly version: ModelVersion;
  readonly by: string;
  readonly now: number;
}

/**
 * Part of a unit: has a version validated. One of a model without validation needs none; where the task cannot be started,
 * the version says why.
 *
 * @returns the version, not yet written
 */
export async function queueValidation(tx: Tx, ask: QueueValidation): Promise<ModelVersion> {
  const { model, version } = ask;
  const { tries } = version.validation;
  if (!model.definition.validationTask) return { ...version, validation: { state: "unneeded", tries } };
  try {
    const task = await startValidation(tx, ask);
    return { ...version, validation: { state: "running", taskId: task.id, tries: tries + 1 } };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const blocked: Validation = { state: "blocked", tries, problem: error.message };
    return { ...version, validation: blocked };
  }
}

async function startValidation(tx: Tx, { model, version, by, now }: QueueValidation): Promise<Task> {
  const { definition } = model;
  const task = definition.validationTask;
  const project = await projectOf(tx, model);
  if (!task) throw new RefusedError("invalid", `model ${definition.name} has no validationTask`, "validationTask");
  const again = version.validation.tries === 0 ? "" : `-${version.validation.tries + 1}`;
  return queueModelTask(tx, {
    model,
    project,
    task,
    field: "validationTask",
    kind: "validation",
    version: version.version,
    name: () => `validate-${definition.name}-${version.version}${again}`,
    variables: [
      { name: "TRIBUTARY_MODEL", value: definition.name },
      { name: "TRIBUTARY_MODEL_VERSION", value: String(version.version) },
      { name: "TRIBUTARY_MODEL_URI", value: `models:/${definition.name}/${version.version}` },
      { name: "TRIBUTARY_MODEL_RUN_ID", value: version.runId },
    ],
    creator: by,
    now,
  });
}

async function projectOf(tx: Tx, { projectId, projectName }: Model): Promise<Project> {
  const project = (await tx.projects.getMany([projectId])).get(projectId);
  if (!project) throw new RefusedError("invalid", `project ${projectName} is gone: add its source or push it again`);
  return project;
}

interface ValidateAgain {
  readonly id: string;
  readonly version: number;
  readonly by: string;
}

/** Unit of work: validates a version that was asked for by name. */
async function validateAgain(tx: Tx, { id, version: wanted, by, now }: ValidateAgain & { readonly now: number }) {
  const model = await knownModel(tx, id);
  const version = (await tx.modelVersions.of(id)).find((each) => each.version === wanted);
  if (!version) throw new RefusedError("not-found", `model ${id} has no version ${wanted}`, "version");
  if (version.validation.state === "running") return version.validation.taskId as TaskId;
  if (!model.definition.validationTask) {
    throw new RefusedError(
      "invalid",
      `model ${id} has no validationTask in its project file, so every version is as good as validated`,
    );
  }
  const task = await startValidation(tx, { model, version, by, now });
  const validation: Validation = {
    state: "running",
    taskId: task.id,
    tries: version.validation.tries + 1,
    ...(isValidated(version) ? { passedBefore: true } : {}),
  };
  await tx.modelVersions.put([{ ...version, validation }]);
  await tx.journal.append([{ kind: "model-changed", modelId: id, at: now }]);
  return task.id;
}

/**
 * Runs the validation of a version, whatever came of it before; that holds until the new outcome is there.
 *
 * @returns the task; the one that does already when there is one
 * @throws RefusedError `not-found`; `invalid` for a model without validation, or one that cannot be run
 */
export function validateVersion({ store, clock }: Pick<Ports, "store" | "clock">, ask: ValidateAgain): Promise<TaskId> {
  return store.transact(validateAgain, { ...ask, now: clock.now() });
}
