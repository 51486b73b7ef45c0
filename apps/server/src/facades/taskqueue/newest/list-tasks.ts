import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { ListTasksRequestSchema, TaskSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { RefusedError } from "#core/errors.ts";
import type { Cursor } from "#core/page.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { letterOf, statesOf } from "#facades/taskqueue/letters.ts";
import { fromTask } from "#facades/taskqueue/newest/from-task.ts";
import { listedWorkers } from "#facades/taskqueue/workers.ts";

type Ask = MessageShape<typeof ListTasksRequestSchema>;

const pageLength = 1_000;
/** More tasks than fit a message of 64 MiB are told to filter. */
const longestList = 200_000;
const usualCompactLength = 120;

/** A task with what it runs. */
interface Described {
  readonly task: Task;
  readonly spec: RunSpec | undefined;
}

/** Tasks that pass the filters, newest first. */
export async function listTasks(ports: Ports, ask: Ask): Promise<MessageInitShape<typeof TaskSchema>[]> {
  const { limit = 0, offset = 0 } = ask;
  if (limit < 0) throw new RefusedError("invalid", `limit: must be 0 or more, is ${limit}`, "limit");
  if (offset < 0) throw new RefusedError("invalid", `offset: must be 0 or more, is ${offset}`, "offset");
  const numbers = new Map((await listedWorkers(ports)).map(({ id, number }) => [id, number]));
  const filter = toFilter(ask, numbers);
  if (!filter) return [];
  const found = await collect(ports, ask, filter, limit === 0 ? undefined : offset + limit);
  const shown = found.slice(offset);
  return shown.map(({ task, spec }) => compacted(fromTask(task, spec, numbers.get(task.workerId ?? "")), ask));
}

/** Undefined where no task can pass: none belongs to a workflow or a step. */
function toFilter(
  { status, workerId, workflowId, stepId }: Ask,
  numbers: ReadonlyMap<string, number>,
): TaskFilter | undefined {
  const states = status ? statesOf(status) : undefined;
  if (states?.length === 0 || workflowId || stepId) return undefined;
  const filter: TaskFilter = { dialects: ["taskqueue"], ...(states ? { states } : {}) };
  if (!workerId) return filter;
  const [worker] = [...numbers].find(([, number]) => number === workerId) ?? [];
  return worker === undefined ? undefined : { ...filter, workerIds: [worker] };
}

/** @param enough - tasks; undefined for all */
async function collect(
  { store }: Pick<Ports, "store">,
  ask: Ask,
  filter: TaskFilter,
  enough: number | undefined,
): Promise<readonly Described[]> {
  const found: Described[] = [];
  let after: Cursor | undefined;
  for (let looked = 0; enough === undefined || found.length < enough; looked += pageLength) {
    if (looked >= longestList) throw tooMany();
    const page = await store.view.listTasks({
      filter,
      order: "created-desc",
      limit: pageLength,
      ...(after ? { after } : {}),
    });
    const specs = await store.transact(specsOf, page.tasks);
    found.push(...page.tasks.map((task) => ({ task, spec: specs.get(task.id) })).filter((each) => passes(each, ask)));
    after = page.next;
    if (!after) break;
  }
  return enough === undefined ? found : found.slice(0, enough);
}

function passes({ task, spec }: Described, { status, command }: Ask): boolean {
  if (status && letterOf(task) !== status) return false;
  if (!command) return true;
  const text = fromTask(task, spec, undefined).command ?? "";
  return text.toLowerCase().includes(command.toLowerCase());
}

/** Unit of work. */
function specsOf(tx: Tx, tasks: readonly Task[]): Promise<ReadonlyMap<TaskId, RunSpec>> {
  return tx.tasks.specs(tasks.map(({ id }) => id));
}

function tooMany(): RefusedError {
  return new RefusedError(
    "exhausted",
    `limit: more than ${longestList} tasks would have to be looked through; ask for fewer by limit or status, or page through tributary.v1.TaskService/ListTasks`,
    "limit",
  );
}

function compacted(
  task: MessageInitShape<typeof TaskSchema>,
  { compactCommand, compactCommandMax }: Ask,
): MessageInitShape<typeof TaskSchema> {
  const { command = "" } = task;
  const longest = compactCommandMax && compactCommandMax > 0 ? compactCommandMax : usualCompactLength;
  if (!compactCommand || command.length <= longest) return task;
  return { ...task, command: `${command.slice(0, longest - 1)}…` };
}
