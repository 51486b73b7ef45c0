import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/store.ts";
import { findOwner } from "#core/projects/find-owner.ts";
import type { Project, Reference, TaskDefinition } from "#core/projects/project.ts";

/**
 * Part of a unit: a task with its template merged in. Only what the task sets overrides; empty lists and maps count as
 * unset. Templates of templates are not followed.
 *
 * @throws RefusedError `invalid` for a template that does not exist or is not unique
 */
export async function resolveTask(tx: Tx, project: Project, task: TaskDefinition): Promise<TaskDefinition> {
  if (!task.fromTemplate) return task;
  const owner = await templateOwner(tx, project, task.fromTemplate);
  return mergeTemplate(findTemplate(owner, task.fromTemplate), task);
}

async function templateOwner(tx: Tx, project: Project, reference: Reference): Promise<Project> {
  if (reference.project === undefined || reference.project === project.definition.name) return project;
  const owner = await findOwner(tx, reference.project, "fromTemplate.project");
  if (owner) return owner;
  throw new RefusedError(
    "invalid",
    `fromTemplate: there is no project ${reference.project}; add its source or push it first`,
    "fromTemplate.project",
  );
}

/** @throws RefusedError `invalid` when the project has no such template */
export function findTemplate(project: Pick<Project, "definition">, reference: Reference): TaskDefinition {
  const { name, templates } = project.definition;
  const template = templates.find((candidate) => candidate.name === reference.name);
  if (!template) {
    const known = templates.map((candidate) => candidate.name).join(", ") || "none";
    throw new RefusedError(
      "invalid",
      `fromTemplate: project ${name} has no template ${reference.name}; it has: ${known}`,
      "fromTemplate.name",
    );
  }
  return template;
}

/** The template with everything on top that the task sets; the name stays the task's. */
export function mergeTemplate(template: TaskDefinition, task: TaskDefinition): TaskDefinition {
  const executor = task.executor ?? template.executor;
  const artifacts = task.artifacts ?? template.artifacts;
  const triggers = task.triggers ?? template.triggers;
  return {
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(task.taskRef ? { taskRef: task.taskRef } : {}),
    ...(executor ? { executor } : {}),
    ...(artifacts ? { artifacts } : {}),
    ...(triggers ? { triggers } : {}),
    resources: isEmpty(task.resources) ? template.resources : task.resources,
    dataSets: task.dataSets.length > 0 ? task.dataSets : template.dataSets,
    variables: task.variables.length > 0 ? task.variables : template.variables,
    secrets: task.secrets.length > 0 ? task.secrets : template.secrets,
  };
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
