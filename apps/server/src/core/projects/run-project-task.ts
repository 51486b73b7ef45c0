import { declareDataSets } from "#core/data-sets/find-data-sets.ts";
import { queueWithDataSets } from "#core/data-sets/queue-with-data-sets.ts";
import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { Project, TaskDefinition } from "#core/projects/project.ts";
import { resolveTask } from "#core/projects/resolve-task.ts";
import { inputsOf, type RunOverrides, toRunSpec } from "#core/projects/to-run-spec.ts";
import type { Labels } from "#core/tasks/labels.ts";
import type { Origin } from "#core/tasks/origin.ts";
import type { SubmitTask } from "#core/tasks/submit-task.ts";
import type { Dialect, Task } from "#core/tasks/task.ts";

export interface RunProjectTask {
  readonly dialect: Dialect;
  readonly projectId: string;
  /** A task of the project by name, or a definition that need not be in its file. */
  readonly task: string | TaskDefinition;
  /** The project at another commit than the synced one: its file says what the task is, and its files are run. */
  readonly at?: Project;
  /** The task's name from project id and task name; unset: both and a random suffix, so that it can be run again. */
  readonly name?: (projectId: string, taskName: string) => string;
  readonly overrides?: RunOverrides;
  /** On top of those of the project and the task. */
  readonly labels?: Labels;
  readonly creator: string;
  readonly requestId?: string;
  readonly origin?: Origin;
}

interface Prepared {
  readonly project: Project;
  readonly repository: string;
  readonly definition: TaskDefinition;
  readonly resolved: TaskDefinition;
}

/** Part of a unit: finds project and task and merges the template. */
async function prepareTask(
  tx: Tx,
  { projectId, task, at }: Pick<RunProjectTask, "projectId" | "task" | "at">,
): Promise<Prepared> {
  const project = at ?? (await knownProject(tx, projectId));
  const definition = typeof task === "string" ? findTask(project, task) : task;
  const resolved = await resolveTask(tx, project, definition);
  const source =
    project.sourceId === undefined ? undefined : (await tx.sources.getMany([project.sourceId])).get(project.sourceId);
  return { project, repository: source?.settings.repository ?? "", definition, resolved };
}

function findTask(project: Project, name: string): TaskDefinition {
  const found = project.definition.tasks.find((task) => task.name === name);
  if (found) return found;
  const known = project.definition.tasks.map((task) => task.name).join(", ") || "none";
  throw new RefusedError(
    "not-found",
    `project ${project.definition.name} has no task ${name}; its tasks are: ${known}`,
    "task_name",
  );
}

/**
 * Part of a unit: data sets are made as the synced file says, and shared by all runs. One that a revision defines otherwise
 * would be made anew back and forth.
 */
async function refuseOtherDataSets(tx: Tx, at: Project, { dataSets }: TaskDefinition): Promise<void> {
  const synced = (await tx.projects.getMany([at.id])).get(at.id);
  const own = ({ definition }: Project, name: string) =>
    JSON.stringify(
      definition.dataSets.find((each) => each.name === name || `${definition.name}.${each.name}` === name),
    );
  const other = dataSets.find((name) => own(at, name) !== (synced && own(synced, name)));
  if (other === undefined) return;
  throw new RefusedError(
    "invalid",
    `dataSets: ${other} is defined otherwise at ${at.commit?.slice(0, 12)} than on the default branch, from which data sets are made; merge that first, or run the task without it`,
    "dataSets",
  );
}

/** Unit of work: queues a task of a project as its file says it. */
export async function queueProjectTask(
  tx: Tx,
  { now, ...ask }: Required<Pick<RunProjectTask, "name">> & RunProjectTask & { readonly now: number },
): Promise<Task> {
  const { projectId } = ask;
  const { project, repository, definition, resolved } = await prepareTask(tx, ask);
  if (ask.at) await refuseOtherDataSets(tx, ask.at, resolved);
  const title = definition.name ?? "";
  if (title === "") throw new RefusedError("invalid", "name: the task has none; give it one", "name");
  const submit: SubmitTask = {
    dialect: ask.dialect,
    projectId,
    projectName: project.definition.name,
    name: ask.name(projectId, title),
    title,
    spec: {
      ...toRunSpec(resolved, inputsOf(project, repository), ask.overrides, definition),
      dataSets: await declareDataSets(tx, project, resolved.dataSets),
    },
    creator: ask.creator,
    labels: { ...project.definition.labels, ...resolved.labels, ...ask.labels },
    ...(ask.origin ? { origin: ask.origin } : {}),
    ...(project.commit === undefined ? {} : { commit: project.commit }),
    ...(ask.requestId ? { requestId: ask.requestId } : {}),
  };
  return queueWithDataSets(tx, submit, now);
}

/**
 * Queues a task of a project; answered when it is durable.
 *
 * @throws RefusedError `not-found` for an unknown project or task, `invalid` for a task that cannot be run,
 * `already-exists` for a name that is taken
 */
export function runProjectTask(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  ask: RunProjectTask,
): Promise<Task> {
  const suffix = newId(random, "", 5);
  const name = ask.name ?? ((projectId: string, title: string) => `${projectId}${title}-${suffix}`);
  return store.transact(queueProjectTask, { ...ask, name, now: clock.now() });
}
