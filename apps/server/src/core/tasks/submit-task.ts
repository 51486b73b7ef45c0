import { RefusedError } from "#core/errors.ts";
import type { NewEntry } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { demandOfPlace } from "#core/tasks/container-demand.ts";
import { toDemand } from "#core/tasks/demand.ts";
import { type Dependency, waitReason } from "#core/tasks/dependency.ts";
import { checkImageName } from "#core/tasks/image-name.ts";
import { checkLabels, type Labels } from "#core/tasks/labels.ts";
import type { Origin } from "#core/tasks/origin.ts";
import { commandText, type RunSpec } from "#core/tasks/run-spec.ts";
import type { Demand, Dialect, Task, TaskId } from "#core/tasks/task.ts";
import { queuedEntry } from "#core/tasks/transitions.ts";

/** A task to be run, as a façade asks for it. */
export interface SubmitTask {
  readonly dialect: Dialect;
  readonly projectId: string;
  readonly projectName: string;
  /** Unique within dialect and project. Unset: the task's number. */
  readonly name?: string;
  readonly title: string;
  readonly spec: RunSpec;
  readonly creator: string;
  readonly commit?: string;
  readonly retryOf?: TaskId;
  /** Asking again with the same one answers the first task. */
  readonly requestId?: string;
  readonly labels?: Labels;
  readonly origin?: Origin;
}

/** A task with what it takes from a machine, and what must end before it may start. */
export interface QueueTask extends SubmitTask {
  readonly demand: Demand;
  /** Why it does not start yet, where something else than tasks must come first; whoever gives the reason queues it. */
  readonly heldBack?: Reason;
  /** `done` marks what has ended well already. */
  readonly waitsFor?: readonly (Omit<Dependency, "taskId"> & { readonly done: boolean })[];
}

const longestName = 512;
const longestCommand = 1_048_576;

/** Unit of work: queues tasks, all or none. */
export async function queueTasks(
  tx: Tx,
  input: { readonly asks: readonly QueueTask[]; readonly now: number },
): Promise<readonly Task[]> {
  const { asks, now } = input;
  const ids = await tx.tasks.nextIds(asks.length);
  const tasks: Task[] = [];
  const fresh: Parameters<Tx["tasks"]["insert"]>[0][number][] = [];
  const dependencies: Dependency[] = [];
  const entries: NewEntry[] = [];
  for (let index = 0; index < asks.length; index++) {
    const ask = asks[index]!;
    const { requestId } = ask;
    const known = requestId === undefined ? undefined : await tx.tasks.findByRequestId(requestId);
    const task = known ?? newTask(ids[index]!, ask, now);
    tasks.push(task);
    if (known) continue;
    fresh.push({ task, spec: ask.spec, ...(requestId === undefined ? undefined : { requestId }) });
    if (ask.waitsFor) dependencies.push(...dependenciesOf(task.id, ask.waitsFor));
    entries.push(
      { kind: "task-created", taskId: task.id, at: now },
      task.state === "waiting" ? { kind: "task-waiting", taskId: task.id, at: now } : queuedEntry(task, now),
    );
  }
  await tx.tasks.insert(fresh);
  if (dependencies.length > 0) await tx.dependencies.insert(dependencies);
  await tx.journal.append(entries);
  return tasks;
}

function dependenciesOf(taskId: TaskId, waitsFor: NonNullable<QueueTask["waitsFor"]>): readonly Dependency[] {
  return waitsFor.map(({ onTaskId, path, label }) => ({ taskId, onTaskId, path, label }));
}

function newTask(id: TaskId, ask: QueueTask, now: number): Task {
  const outstanding = ask.waitsFor?.filter(({ done }) => !done) ?? [];
  return {
    id,
    dialect: ask.dialect,
    projectId: ask.projectId,
    projectName: ask.projectName,
    name: ask.name ?? String(id),
    title: ask.title,
    ...(outstanding.length > 0
      ? { state: "waiting", reason: waitReason(outstanding) }
      : ask.heldBack
        ? { state: "waiting", reason: ask.heldBack }
        : { state: "queued", queuedAt: now }),
    attempt: 0,
    userFailures: 0,
    systemFailures: 0,
    createdAt: now,
    creator: ask.creator,
    demand: ask.demand,
    ...(ask.retryOf === undefined ? {} : { retryOf: ask.retryOf }),
    ...(ask.commit === undefined ? {} : { commit: ask.commit }),
    ...(ask.labels && Object.keys(ask.labels).length > 0 ? { labels: ask.labels } : {}),
    ...(ask.origin ? { origin: ask.origin } : {}),
  };
}

/**
 * Queues a task; answered when it is durable.
 *
 * @throws RefusedError `invalid` for names, commands or quantities that cannot be used, `already-exists` for a name
 * that is taken
 */
export async function submitTask(
  { store, clock, waiting }: Pick<Ports, "store" | "clock" | "waiting">,
  ask: SubmitTask,
): Promise<Task> {
  const demand = checkAsk(ask);
  const queued = store.transact(queueTasks, { asks: [{ ...ask, demand }], now: clock.now() });
  waiting.taskQueued();
  const [task] = await queued;
  return task as Task;
}

/**
 * What a task takes from a machine.
 *
 * @throws RefusedError `invalid` for names, commands or quantities that cannot be used
 */
export function checkAsk(ask: SubmitTask): Demand {
  if (ask.name !== undefined && (ask.name === "" || ask.name.length > longestName)) {
    throw new RefusedError("invalid", `name: must have 1 to ${longestName} characters, has ${ask.name.length}`, "name");
  }
  const { command } = ask.spec;
  const size = commandText(command).length;
  if (size > longestCommand) {
    throw new RefusedError(
      "invalid",
      `command: has ${size} characters, at most ${longestCommand} can be run; put it into a file of the project`,
      "command",
    );
  }
  refuseNul(ask);
  if (ask.labels) checkLabels(ask.labels);
  const { environment, resources } = ask.spec;
  if (environment.kind === "image") checkImageName(environment.image, "image");
  return { ...toDemand(resources), ...demandOfPlace(environment) };
}

function refuseNul({ name, title, spec }: SubmitTask): void {
  checkText("name", name ?? title);
  checkText("command", commandText(spec.command));
  for (const { name, value } of spec.variables) checkText(`env.${name}`, name + value);
  for (const { key, injectAs } of spec.secrets) checkText(`secrets.${key}`, key + injectAs);
  for (const { name } of spec.variables) checkVariableName(name, "env");
  for (const { injectAs } of spec.secrets) checkVariableName(injectAs, "secrets.injectAs");
}

function checkText(field: string, text: string): void {
  if (text.includes("\0")) throw new RefusedError("invalid", `${field}: contains a NUL character; remove it`, field);
}

function checkVariableName(name: string, field: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.length > 256) {
    throw new RefusedError(
      "invalid",
      `${field}: "${name.slice(0, 80)}" is not the name of an environment variable; use letters, digits and _, not a digit first`,
      field,
    );
  }
}
