import type { DataSet, DataSetUse } from "#core/data-sets/data-set.ts";
import { declareDataSets } from "#core/data-sets/find-data-sets.ts";
import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskDefinition } from "#core/projects/project.ts";
import { resolveTask } from "#core/projects/resolve-task.ts";
import { inputsOf, toRunSpec } from "#core/projects/to-run-spec.ts";
import { diskResource, parseQuantity } from "#core/tasks/demand.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import { problemOf } from "#core/tasks/settle-dependents.ts";
import { checkAsk, queueTasks, type SubmitTask } from "#core/tasks/submit-task.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** More data sets in a row, each made from the next, are a mistake. */
const deepest = 20;

interface Making {
  readonly creator: string;
  readonly now: number;
  /** What is being made of what is made here. */
  readonly above: readonly string[];
}

/**
 * Part of a unit: queues a task, and has the data sets made that it reads and nobody has made yet; it waits for them.
 *
 * @throws RefusedError `invalid` for a data set that is not known, that nothing makes, or that is made from itself
 */
export function queueWithDataSets(tx: Tx, ask: SubmitTask, now: number): Promise<Task> {
  return queueOne(tx, ask, { creator: ask.creator, now, above: [] });
}

async function queueOne(tx: Tx, ask: SubmitTask, making: Making): Promise<Task> {
  const waitsFor: { onTaskId: number; path: string; label: string; done: boolean }[] = [];
  const uses = ask.spec.dataSets ?? [];
  for (const use of uses) {
    const producer = await produce(tx, use, making);
    waitsFor.push({ onTaskId: producer.id, path: use.path, label: labelOf(use), done: isTerminal(producer.state) });
  }
  const sized = { ...ask, spec: withDisk(ask.spec, await sizeOf(tx, uses)) };
  const [task] = await queueTasks(tx, { asks: [{ ...sized, demand: checkAsk(sized), waitsFor }], now: making.now });
  return task as Task;
}

/** Bytes that data sets take by their declared sizes, each of which comes to the machine of the task that reads it. */
async function sizeOf(tx: Tx, uses: readonly DataSetUse[]): Promise<number> {
  const dataSets = await tx.dataSets.getMany(uses.map(({ id }) => id));
  return [...dataSets.values()].reduce((sum, { definition }) => sum + declaredSize(definition), 0);
}

function declaredSize({ size }: DataSet["definition"]): number {
  return size === undefined ? 0 : Math.ceil(parseQuantity(size, "dataSets.size"));
}

/** With so much free disk asked for, unless the task says itself how much it needs. */
function withDisk(spec: RunSpec, bytes: number): RunSpec {
  if (bytes === 0 || spec.resources[diskResource] !== undefined) return spec;
  return { ...spec, resources: { ...spec.resources, [diskResource]: String(bytes) } };
}

const labelOf = ({ id }: { readonly id: string }) => `data set ${id}`;

/** The task that makes a data set, or has made it. */
async function produce(tx: Tx, use: DataSetUse, making: Making): Promise<Task> {
  const { above } = making;
  if (above.includes(use.id) || above.length >= deepest) {
    const circle = [...above.slice(-3), use.id].join(" of ");
    throw new RefusedError(
      "invalid",
      `dataSets: ${use.id} is made from itself (${circle}); break the circle`,
      "dataSets",
    );
  }
  const dataSet = (await tx.dataSets.getMany([use.id])).get(use.id);
  if (!dataSet) throw new RefusedError("invalid", `dataSets: there is no data set ${use.id}`, "dataSets");
  return (await currentProducer(tx, dataSet)) ?? startProducer(tx, dataSet, making);
}

/** What makes the data set now, or made it well. */
async function currentProducer(tx: Tx, dataSet: DataSet): Promise<Task | undefined> {
  const { producerId, definition } = dataSet;
  if (producerId === undefined) return undefined;
  const task = (await tx.tasks.getMany([producerId])).get(producerId);
  if (!task || !isTerminal(task.state)) return task;
  const wanted = { onTaskId: producerId, path: definition.path, label: labelOf(dataSet) };
  return (await problemOf(tx, wanted, task)) ? undefined : task;
}

/**
 * Part of a unit: queues the task that makes a data set, whether or not it was made before.
 *
 * @throws RefusedError `invalid` when there is nothing that makes it, or that cannot be run
 */
export async function startProducer(tx: Tx, dataSet: DataSet, making: Making): Promise<Task> {
  const { id, projectId, projectName, definition } = dataSet;
  const project = (await tx.projects.getMany([projectId])).get(projectId);
  if (!project) {
    throw new RefusedError("invalid", `dataSets: the project ${projectName} that makes ${id} is gone`, "dataSets");
  }
  const task = await resolveTask(tx, project, taskOf(dataSet));
  const source = project.sourceId === undefined ? [] : (await tx.sources.getMany([project.sourceId])).values();
  const [first] = [...source];
  const uses = await declareDataSets(tx, project, task.dataSets);
  const plain = toRunSpec(task, inputsOf(project, first?.settings.repository ?? ""));
  // What it reads and what it makes are on one disk.
  const bytes = declaredSize(definition) + (await sizeOf(tx, uses));
  const spec = { ...withDisk(plain, bytes), dataSets: uses };
  const title = task.name ?? "datatask";
  const made = dataSet.made + 1;
  const producer = await queueOne(
    tx,
    {
      dialect: "ame",
      projectId,
      projectName,
      name: `${projectId}${definition.name}${title}-${made}`,
      title,
      spec,
      creator: making.creator,
      labels: { ...project.definition.labels, ...task.labels },
      origin: { kind: "data-set", id },
      ...(project.commit === undefined ? {} : { commit: project.commit }),
    },
    { ...making, above: [...making.above, id] },
  );
  await tx.dataSets.put([{ ...dataSet, made, producerId: producer.id }]);
  await tx.journal.append([{ kind: "data-set-changed", dataSetId: id, at: making.now }]);
  return producer;
}

/** What makes it; without a word on what is kept, the data set itself is. */
function taskOf({ id, definition: { task, path } }: DataSet): TaskDefinition {
  if (!task) {
    throw new RefusedError("invalid", `dataSets: ${id} has no task that makes it; give it one`, "dataSets.task");
  }
  return { ...task, artifacts: task.artifacts ?? { saveChangedFiles: false, paths: [path] } };
}
