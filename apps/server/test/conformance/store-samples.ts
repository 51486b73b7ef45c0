import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";
import type { Schedule } from "#core/schedules/schedule.ts";
import type { SealedVersion, Secret } from "#core/secrets/secret.ts";
import type { Source } from "#core/sources/source.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Attempt, Task, TaskId } from "#core/tasks/task.ts";
import type { Token } from "#core/tokens/token.ts";
import type { Worker } from "#core/workers/worker.ts";

/** A queued task of no project, named after its id. */
export function sampleTask(id: TaskId, changes: Partial<Task> = {}): Task {
  return {
    id,
    dialect: "tributary",
    projectId: "",
    projectName: "",
    name: `task-${id}`,
    title: `Task ${id}`,
    state: "queued",
    attempt: 0,
    userFailures: 0,
    systemFailures: 0,
    createdAt: 1_000 + id,
    queuedAt: 1_000 + id,
    creator: "local",
    demand: { cpu: 1_000 },
    ...changes,
  };
}

export const sampleSpec: RunSpec = {
  inputs: { kind: "none" },
  environment: { kind: "python", version: "3.11", lock: { kind: "pip", file: "requirements.txt" } },
  command: { kind: "argv", argv: ["python", "train.py", "ünï\u0000code"] },
  variables: [{ name: "A", value: "1" }],
  secrets: [{ key: "token", injectAs: "TOKEN" }],
  resources: { cpu: "1", memory: "1Gi" },
  timeLimit: 60_000,
  grace: 5_000,
  outputs: { saveChangedFiles: true, paths: ["out"] },
  userRetries: 1,
  systemRetries: 3,
};

export function sampleProject(id: string, changes: Partial<Project> = {}): Project {
  return {
    id,
    definition: { name: "demo", models: [], dataSets: [], tasks: [], templates: [] },
    triggers: false,
    createdAt: 1_000,
    updatedAt: 1_000,
    ...changes,
  };
}

/** The same with another name. */
export function namedProject(id: string, name: string, changes: Partial<Project> = {}): Project {
  const project = sampleProject(id, changes);
  return { ...project, definition: { ...project.definition, name } };
}

export function sampleSource(id: string, changes: Partial<Source> = {}): Source {
  return {
    id,
    settings: { repository: `https://example.org/${id}.git` },
    state: "pending",
    settledState: "pending",
    issues: [],
    nextSyncAt: 0,
    createdAt: 1_000,
    revision: 1,
    ...changes,
  };
}

export function sampleAttempt(taskId: TaskId, number = 1, changes: Partial<Attempt> = {}): Attempt {
  return {
    taskId,
    number,
    workerId: "w1",
    phase: "assigned",
    sequence: 0,
    demand: { cpu: 1_000 },
    assignedAt: 5_000,
    ...changes,
  };
}

export function sampleWorker(id: string, changes: Partial<Worker> = {}): Worker {
  return {
    id,
    number: Number(/\d+$/.exec(id)?.[0] ?? 1),
    name: `worker ${id}`,
    kind: "tributary",
    draining: false,
    prefetch: 0,
    slots: 4,
    capacity: { cpu: 4_000, memory: 2 ** 33 },
    labels: { zone: "a" },
    version: "1.0",
    online: true,
    registeredAt: 1_000,
    lastSeenAt: 2_000,
    ...changes,
  };
}

export function sampleSecret(key: string, changes: Partial<Secret> = {}): Secret {
  return {
    id: `id-of-${key}`,
    key,
    version: 1,
    createdAt: 1_000,
    createdBy: "local",
    updatedAt: 1_000,
    updatedBy: "local",
    ...changes,
  };
}

export function sampleVersion(secretId: string, version: number, changes: Partial<SealedVersion> = {}): SealedVersion {
  return {
    secretId,
    version,
    createdAt: 1_000,
    createdBy: "local",
    keyId: "k1",
    sealed: new Uint8Array([0, 1, 2, 255]),
    ...changes,
  };
}

/** Runs one unit that takes no input. */
export function run<R>(store: Store, unit: (tx: Tx) => Promise<R>): Promise<R> {
  return store.transact(unit, undefined);
}

/** Adds tasks with the sample spec, each with an entry of the journal. */
export function addTasks(store: Store, tasks: readonly Task[]): Promise<void> {
  return run(store, async (tx) => {
    await tx.tasks.insert(tasks.map((task) => ({ task, spec: sampleSpec })));
    await tx.journal.append(tasks.map(({ id }) => ({ kind: "task-created", taskId: id, at: 1 })));
  });
}

export function sampleSchedule(id: string, changes: Partial<Schedule> = {}): Schedule {
  return {
    id,
    projectId: "p1",
    projectName: "demo",
    fromSource: false,
    taskName: id,
    cron: "* * * * *",
    missedTicks: "run-latest",
    createdAt: 1_000,
    ...changes,
  };
}

export function sampleToken(id: string, changes: Partial<Token> = {}): Token {
  return {
    id,
    kind: "api",
    hash: `hash-${id}`,
    name: `token ${id}`,
    role: "viewer",
    createdAt: 1_000,
    createdBy: "local",
    ...changes,
  };
}
