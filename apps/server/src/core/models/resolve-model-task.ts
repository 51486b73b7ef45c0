import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import { findOwner } from "#core/projects/find-owner.ts";
import type { Project, Reference, TaskDefinition } from "#core/projects/project.ts";
import { resolveTask } from "#core/projects/resolve-task.ts";

/** A task of a model: as it is written where it stands, and with its template merged. */
export interface ModelTask {
  readonly definition: TaskDefinition;
  readonly resolved: TaskDefinition;
}

/**
 * Part of a unit: the task that trains or validates a model. A `taskRef` stands for all of the task that it names.
 *
 * @param field - where it is written, such as `training.task`
 * @throws RefusedError `invalid` for a task that does not exist
 */
export async function resolveModelTask(
  tx: Tx,
  project: Project,
  task: TaskDefinition,
  field: string,
): Promise<ModelTask> {
  const definition = task.taskRef ? await referred(tx, project, task.taskRef, field) : task;
  return { definition, resolved: await resolveTask(tx, project, definition) };
}

async function referred(tx: Tx, project: Project, reference: Reference, field: string): Promise<TaskDefinition> {
  const { name } = project.definition;
  const isOwn = reference.project === undefined || reference.project === name;
  const owner = isOwn ? project : await findOwner(tx, reference.project ?? "", `${field}.taskRef.project`);
  const found = owner?.definition.tasks.find((task) => task.name === reference.name);
  if (found) return found;
  const known = owner?.definition.tasks.map((task) => task.name).join(", ") || "none";
  throw new RefusedError(
    "invalid",
    owner
      ? `${field}.taskRef: project ${owner.definition.name} has no task ${reference.name}; it has: ${known}`
      : `${field}.taskRef: there is no project ${reference.project}; add its source or push it first`,
    `${field}.taskRef`,
  );
}
