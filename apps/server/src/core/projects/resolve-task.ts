import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import { findOwner } from "#core/projects/find-owner.ts";
import type { Project, Reference, TaskDefinition } from "#core/projects/project.ts";

/** More templates in a row are a mistake. */
const deepest = 20;

/**
 * Part of a unit: a task with its template merged in, and the template of that, and so on. Only what is set overrides;
 * empty lists and maps count as unset.
 *
 * @throws RefusedError `invalid` for a template that does not exist, is not unique, or comes round to itself; the message
 * has the way to it
 */
export async function resolveTask(tx: Tx, project: Project, task: TaskDefinition): Promise<TaskDefinition> {
  const way = [task.name ?? "the task"];
  let owner = project;
  let merged = task;
  for (let next = task.fromTemplate; next; ) {
    const step: string = `${next.project ?? owner.definition.name}.${next.name}`;
    if (way.includes(step) || way.length > deepest) throw circle([...way, step]);
    way.push(step);
    const template = await onTheWay(way, findTemplateOf(tx, owner, next));
    owner = template.owner;
    merged = mergeTemplate(template.definition, merged);
    next = template.definition.fromTemplate;
  }
  return merged;
}

interface FoundTemplate {
  readonly owner: Project;
  readonly definition: TaskDefinition;
}

async function findTemplateOf(tx: Tx, project: Project, reference: Reference): Promise<FoundTemplate> {
  const owner = await templateOwner(tx, project, reference);
  return { owner, definition: findTemplate(owner, reference) };
}

/** What is wrong with a template of a template is told with the way to it. */
async function onTheWay<T>(way: readonly string[], found: Promise<T>): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (way.length < 3 || !(error instanceof RefusedError)) throw error;
    throw new RefusedError(error.refusal, `${error.message} (${way.join(" → ")})`, error.field);
  }
}

function circle(way: readonly string[]): RefusedError {
  const shown = way.slice(-8).join(" → ");
  return new RefusedError(
    "invalid",
    `fromTemplate: its templates lead back to themselves: ${shown}; take one fromTemplate out`,
    "fromTemplate",
  );
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
  const labels = task.labels ?? template.labels;
  return {
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(task.taskRef ? { taskRef: task.taskRef } : {}),
    ...(executor ? { executor } : {}),
    ...(artifacts ? { artifacts } : {}),
    ...(triggers ? { triggers } : {}),
    ...(labels ? { labels } : {}),
    resources: isEmpty(task.resources) ? template.resources : task.resources,
    dataSets: task.dataSets.length > 0 ? task.dataSets : template.dataSets,
    variables: task.variables.length > 0 ? task.variables : template.variables,
    secrets: task.secrets.length > 0 ? task.secrets : template.secrets,
  };
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
