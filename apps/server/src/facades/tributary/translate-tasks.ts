import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type ArtifactSchema,
  type AttemptSchema,
  type Label,
  type LabelSchema,
  type RunTaskRequest,
  type TaskChanges,
  TaskOriginKind,
  type TaskOriginSchema,
  type TaskSchema,
  type TaskSpecSchema,
  Dialect as WireDialect,
  type TaskFilter as WireFilter,
  TaskOrder as WireOrder,
  AttemptOutcome as WireOutcome,
  AttemptPhase as WirePhase,
  TaskState as WireState,
} from "@tributary/proto/tributary/v1/tasks_pb";
import { contentTypeOf } from "#core/artifacts/content-type.ts";
import { type WhyNotRunning, whyNotRunning } from "#core/dispatch/why-not-running.ts";
import { whyWaiting } from "#core/dispatch/why-waiting.ts";
import { RefusedError } from "#core/errors.ts";
import type { LinkedTask, TaskOrder } from "#core/ports/view.ts";
import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import type { Reason } from "#core/reason.ts";
import type { Labels } from "#core/tasks/labels.ts";
import type { Origin } from "#core/tasks/origin.ts";
import type { RunCommand, RunSpec } from "#core/tasks/run-spec.ts";
import type {
  Artifact,
  Attempt,
  AttemptOutcome,
  AttemptPhase,
  Demand,
  Dialect,
  Task,
  TaskState,
} from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";
import { checkTaskFilter } from "#facades/tributary/check-task-filter.ts";
import { fromReason, toTime } from "#facades/tributary/translate.ts";
import { fromTotals } from "#facades/tributary/translate-usage.ts";

const states: Readonly<Record<TaskState, WireState>> = {
  waiting: WireState.WAITING,
  queued: WireState.QUEUED,
  active: WireState.ACTIVE,
  cancelling: WireState.CANCELLING,
  paused: WireState.PAUSED,
  succeeded: WireState.SUCCEEDED,
  failed: WireState.FAILED,
  cancelled: WireState.CANCELLED,
};

const wireDialects: Readonly<Record<Dialect, WireDialect>> = {
  tributary: WireDialect.TRIBUTARY,
  ame: WireDialect.AME,
  flyte: WireDialect.FLYTE,
  taskqueue: WireDialect.TASKQUEUE,
  agent: WireDialect.AGENT,
  armonik: WireDialect.ARMONIK,
};

const phases: Readonly<Record<AttemptPhase, WirePhase>> = {
  assigned: WirePhase.ASSIGNED,
  accepted: WirePhase.ACCEPTED,
  preparing: WirePhase.PREPARING,
  running: WirePhase.RUNNING,
  collecting: WirePhase.COLLECTING,
  ended: WirePhase.ENDED,
};

const outcomes: Readonly<Record<AttemptOutcome, WireOutcome>> = {
  succeeded: WireOutcome.SUCCEEDED,
  failed: WireOutcome.FAILED,
  "timed-out": WireOutcome.TIMED_OUT,
  cancelled: WireOutcome.CANCELLED,
  lost: WireOutcome.LOST,
};

const orders: Readonly<Record<WireOrder, TaskOrder>> = {
  [WireOrder.UNSPECIFIED]: "created-desc",
  [WireOrder.CREATED_DESC]: "created-desc",
  [WireOrder.CREATED_ASC]: "created-asc",
  [WireOrder.ENDED_DESC]: "ended-desc",
  [WireOrder.TITLE_ASC]: "title-asc",
  [WireOrder.TITLE_DESC]: "title-desc",
};

function keyOf<K extends string>(table: Readonly<Record<K, number>>, value: number): K | undefined {
  return (Object.keys(table) as K[]).find((key) => table[key] === value);
}

export const fromState = (state: TaskState): WireState => states[state];
export const fromDialect = (dialect: Dialect): WireDialect => wireDialects[dialect];
export const toPhase = (phase: WirePhase): AttemptPhase | undefined => keyOf(phases, phase);
export const toOutcome = (outcome: WireOutcome): AttemptOutcome | undefined => keyOf(outcomes, outcome);
export const toOrder = (order: WireOrder): TaskOrder => orders[order];

/** @param loads - workers and what they run, to say why a queued task has not started */
export function fromTask(task: Task, loads: readonly WorkerLoad[]): MessageInitShape<typeof TaskSchema> {
  const reason = task.state === "queued" ? whyQueued(task, loads) : task.reason;
  return {
    id: task.id,
    dialect: wireDialects[task.dialect],
    name: task.name,
    title: task.title,
    projectId: task.projectId,
    projectName: task.projectName,
    state: states[task.state],
    phase: task.phase ? phases[task.phase] : WirePhase.UNSPECIFIED,
    attempt: task.attempt,
    createTime: timestampFromMs(task.createdAt),
    commit: task.commit ?? "",
    creator: task.creator,
    retryOf: task.retryOf ?? 0,
    workerId: task.workerId ?? "",
    labels: fromLabels(task.labels),
    workerName: loads.find(({ worker }) => worker.id === task.workerId)?.worker.name ?? "",
    ...(reason ? { reason: fromReason(reason) } : {}),
    ...(task.startedAt === undefined ? {} : { startTime: timestampFromMs(task.startedAt) }),
    ...(task.endedAt === undefined ? {} : { endTime: timestampFromMs(task.endedAt) }),
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
  };
}

/** By key. */
export function fromLabels(labels: Labels = {}): MessageInitShape<typeof LabelSchema>[] {
  return Object.keys(labels)
    .sort()
    .map((key) => ({ key, value: labels[key] ?? "" }));
}

const originKinds: Readonly<Record<Origin["kind"], TaskOriginKind>> = {
  schedule: TaskOriginKind.SCHEDULE,
  batch: TaskOriginKind.BATCH,
  "data-set": TaskOriginKind.DATA_SET,
  model: TaskOriginKind.MODEL,
};

export function fromOrigin({ kind, id }: Origin): MessageInitShape<typeof TaskOriginSchema> {
  return { kind: originKinds[kind], id };
}

/** @throws RefusedError `invalid` for a key that is there twice */
export function toLabels(labels: readonly Label[]): Labels {
  const all: Record<string, string> = {};
  for (const { key, value } of labels) {
    if (Object.hasOwn(all, key)) throw new RefusedError("invalid", `labels: ${key} is there twice; keep one`, "labels");
    all[key] = value;
  }
  return all;
}

/** Tasks of a page mostly share dialect and demand, and with them why they are queued. */
const reasons = new WeakMap<readonly WorkerLoad[], WeakMap<Demand, Map<Dialect, Reason>>>();

function whyQueued({ demand, dialect }: Task, loads: readonly WorkerLoad[]): Reason {
  const ofLoads = reasons.get(loads) ?? new WeakMap<Demand, Map<Dialect, Reason>>();
  reasons.set(loads, ofLoads);
  const known = ofLoads.get(demand) ?? new Map<Dialect, Reason>();
  ofLoads.set(demand, known);
  const reason = known.get(dialect) ?? whyNotRunning({ demand, dialect }, loads).reason;
  known.set(dialect, reason);
  return reason;
}

/** What was checked to explain a task that has not started. */
export function checksOf(
  task: Task,
  waitsFor: readonly LinkedTask[],
  loads: readonly WorkerLoad[],
): WhyNotRunning["checks"] {
  if (task.state === "waiting") return whyWaiting(task, waitsFor, loads);
  return task.state === "queued" ? whyNotRunning(task, loads).checks : [];
}

export function fromAttempt(
  attempt: Attempt,
  workerNames: ReadonlyMap<string, string>,
): MessageInitShape<typeof AttemptSchema> {
  const time = (at: number | undefined) => (at === undefined ? undefined : timestampFromMs(at));
  const times = {
    prepareTime: time(attempt.preparedAt),
    startTime: time(attempt.startedAt),
    collectTime: time(attempt.collectedAt),
    endTime: time(attempt.endedAt),
  };
  return {
    number: attempt.number,
    phase: phases[attempt.phase],
    outcome: attempt.outcome ? outcomes[attempt.outcome] : WireOutcome.UNSPECIFIED,
    signal: attempt.signal ?? "",
    workerId: attempt.workerId,
    workerName: workerNames.get(attempt.workerId) ?? attempt.workerId,
    assignTime: timestampFromMs(attempt.assignedAt),
    ...present(times),
    ...(attempt.reason ? { reason: fromReason(attempt.reason) } : {}),
    ...(attempt.exitCode === undefined ? {} : { exitCode: attempt.exitCode }),
    ...(attempt.usage ? { usage: fromTotals(attempt.usage) } : {}),
    ...(attempt.environment ? { environment: attempt.environment } : {}),
  };
}

/** The members that are there. */
function present<T extends Record<string, unknown>>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}

export function fromSpec(spec: RunSpec): MessageInitShape<typeof TaskSpecSchema> {
  const { environment, inputs, command } = spec;
  const python = environment.kind === "python" ? environment : undefined;
  return {
    command: commandText(command),
    environment: environment.kind,
    pythonVersion: python?.version ?? "",
    requirementsFile: python?.lock?.file ?? "",
    image: environment.kind === "image" ? environment.image : "",
    variables: spec.variables.map(({ name, value }) => ({ name, value })),
    secrets: spec.secrets.map(({ key, injectAs }) => ({ key, injectAs })),
    resources: spec.resources,
    inputKind: inputs.kind === "none" ? "" : inputs.kind,
    repository: inputs.kind === "git" ? inputs.repository : "",
    commit: inputs.kind === "git" ? inputs.commit : "",
    stagedFiles: inputs.kind === "staged" ? [...inputs.files] : [],
    artifactPaths: [...spec.outputs.paths],
    saveChangedFiles: spec.outputs.saveChangedFiles,
    userRetries: spec.userRetries,
    systemRetries: spec.systemRetries,
    ...(spec.timeLimit === undefined ? {} : { timeLimit: durationFromMs(spec.timeLimit) }),
  };
}

function commandText(command: RunCommand): string {
  switch (command.kind) {
    case "shell":
      return command.script;
    case "argv":
      return command.argv.map(quoted).join(" ");
    case "serve-model":
      return "serves the model until it is told to end";
  }
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

export function fromArtifact(artifact: Artifact): MessageInitShape<typeof ArtifactSchema> {
  const { path, size, hash, attempt } = artifact;
  return { path, sizeBytes: BigInt(size), sha256: hash, attempt, contentType: contentTypeOf(path) };
}

/**
 * A filter but for what it needs to know of now: see {@link filterNow}.
 *
 * @throws RefusedError `invalid` for a range in which nothing can be
 */
export function toFilter(filter: WireFilter | undefined): TaskFilter {
  if (!filter) return {};
  checkTaskFilter(filter);
  const wanted = filter.states.flatMap((state) => keyOf(states, state) ?? []);
  const dialects = filter.dialects.flatMap((dialect) => keyOf(wireDialects, dialect) ?? []);
  const createdAfter = toTime(filter.createdAfter);
  const createdBefore = toTime(filter.createdBefore);
  return {
    ...(wanted.length > 0 ? { states: wanted } : {}),
    ...(dialects.length > 0 ? { dialects } : {}),
    ...(filter.projectId ? { projectId: filter.projectId } : {}),
    ...(filter.projectName ? { projectName: filter.projectName } : {}),
    ...(filter.text ? { text: filter.text } : {}),
    ...(createdAfter === undefined ? {} : { createdAfter }),
    ...(createdBefore === undefined ? {} : { createdBefore }),
    ...toRunFilter(filter),
  };
}

function toRunFilter({ title, creator, reason, ...filter }: WireFilter): TaskFilter {
  return {
    ...(title === "" ? {} : { title }),
    ...(creator === "" ? {} : { creator }),
    ...(reason === "" ? {} : { reason }),
    ...(filter.labels.length === 0 ? {} : { labels: filter.labels }),
    ...present({ endedAfter: toTime(filter.endedAfter), endedBefore: toTime(filter.endedBefore) }),
  };
}

/** What a filter says of workers by name, and of tasks that still run. */
export function filterNow(
  filter: WireFilter | undefined,
  loads: readonly WorkerLoad[],
  now: number,
): Pick<TaskFilter, "workerIds" | "ran"> {
  const { worker = "", minDuration, maxDuration } = filter ?? {};
  const named = loads.filter(({ worker: { id, name } }) => id === worker || name === worker);
  const ran = {
    ...(minDuration ? { atLeast: durationMs(minDuration) } : {}),
    ...(maxDuration ? { atMost: durationMs(maxDuration) } : {}),
  };
  return {
    ...(worker === "" ? {} : { workerIds: [worker, ...named.map((load) => load.worker.id)] }),
    ...(minDuration || maxDuration ? { ran: { ...ran, now } } : {}),
  };
}

export function toOverrides(
  request: Pick<RunTaskRequest, "variables" | "resources" | "timeLimit" | "userRetries">,
): RunOverrides {
  const timeLimit = request.timeLimit ? durationMs(request.timeLimit) : 0;
  return {
    variables: request.variables.map(({ name, value }) => ({ name, value })),
    resources: request.resources,
    ...(timeLimit > 0 ? { timeLimit } : {}),
    ...(request.userRetries === undefined ? {} : { userRetries: request.userRetries }),
  };
}

/** What is to be otherwise when a task is run again; nothing when the caller wants the same. */
export function toChanges(changes: TaskChanges | undefined): { readonly changes?: RunOverrides } {
  return changes === undefined ? {} : { changes: toOverrides(changes) };
}
