import { RefusedError } from "#core/errors.ts";
import type { Model } from "#core/models/model.ts";
import { resolveModelTask } from "#core/models/resolve-model-task.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { ModelDefinition, Project, TaskDefinition } from "#core/projects/project.ts";
import { toRunSpec } from "#core/projects/to-run-spec.ts";
import { toDemand } from "#core/tasks/demand.ts";

const mostReplicas = 100;

/** Part of a unit: why a model could not be trained or validated, if that was asked for now. */
export async function findModelProblems(
  tx: Tx,
  project: Project,
  { training, validationTask, deployment }: ModelDefinition,
): Promise<Model["problems"]> {
  const trainingProblem = await problemOf(tx, project, training?.task, "training.task");
  const validationProblem = await problemOf(tx, project, validationTask, "validationTask");
  const deploymentProblem = deployment && problemOfDeployment(deployment);
  return {
    ...(trainingProblem ? { training: trainingProblem } : {}),
    ...(validationProblem ? { validation: validationProblem } : {}),
    ...(deploymentProblem ? { deployment: deploymentProblem } : {}),
  };
}

function problemOfDeployment({
  replicas = 1,
  resources,
}: NonNullable<ModelDefinition["deployment"]>): string | undefined {
  if (replicas < 0 || replicas > mostReplicas) {
    return `deployment.replicas: ${replicas} is not a number from 0 to ${mostReplicas}`;
  }
  return refusalOf(() => toDemand(resources))?.replace(/^resources/, "deployment.resources");
}

function refusalOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof RefusedError) return error.message;
    throw error;
  }
}

async function problemOf(
  tx: Tx,
  project: Project,
  task: TaskDefinition | undefined,
  field: string,
): Promise<string | undefined> {
  if (!task) return undefined;
  try {
    const { resolved } = await resolveModelTask(tx, project, task, field);
    return refusalOf(() => toRunSpec(resolved, { kind: "none" }));
  } catch (error) {
    if (error instanceof RefusedError) return error.message;
    throw error;
  }
}
