import type { AuditEvent } from "#core/audit/audit-event.ts";
import type { DataSet } from "#core/data-sets/data-set.ts";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { Model, ModelRun, ModelVersion, Replica } from "#core/models/model.ts";
import type { Project, ProjectFile } from "#core/projects/project.ts";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { SavedView } from "#core/saved-views/saved-view.ts";
import type { Schedule, Tick } from "#core/schedules/schedule.ts";
import type { SealedVersion, Secret, SecretRead, SecretVersion } from "#core/secrets/secret.ts";
import type { ServerBeat } from "#core/servers/server.ts";
import type { Source } from "#core/sources/source.ts";
import type { BatchRefusal, BatchTarget, TaskBatch } from "#core/task-batches/task-batch.ts";
import type { DeletionMark } from "#core/tasks/deletion-mark.ts";
import type { Dependency } from "#core/tasks/dependency.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Artifact, Attempt, AttemptRef, Demand, Dialect, Task, TaskId, TaskState } from "#core/tasks/task.ts";
import type { Usage } from "#core/tasks/usage.ts";
import type { Token } from "#core/tokens/token.ts";
import type { Worker, WorkerKind } from "#core/workers/worker.ts";

/** What a unit of work reads and writes. Methods take lists: one round trip each, whatever the store. */
export interface Tx {
  readonly projects: {
    insert(projects: readonly Project[]): Promise<void>;
    /** Inserts, or replaces those with the same id. */
    put(projects: readonly Project[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Project>>;
    /** All projects with this name in their definition, newest first; or so many of them. */
    findByName(name: string, limit?: number): Promise<readonly Project[]>;
    /** How many of them were uploaded. */
    countUploads(name: string): Promise<number>;
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly projectFiles: {
    /** Inserts, or replaces those with the same project and path. */
    put(files: readonly ProjectFile[]): Promise<void>;
    /** By path. */
    list(projectId: string): Promise<readonly ProjectFile[]>;
  };
  readonly sources: {
    insert(sources: readonly Source[]): Promise<void>;
    /** Replaces rows whose id and revision are those of the given ones' `ifRevision`; answers the ids that were. */
    replace(changes: readonly { readonly source: Source; readonly ifRevision: number }[]): Promise<readonly string[]>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Source>>;
    findByRepository(repository: string): Promise<readonly Source[]>;
    /** By repository, then id. */
    all(): Promise<readonly Source[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly tasks: {
    /** The next `count` ids. */
    nextIds(count: number): Promise<readonly TaskId[]>;
    /** @throws RefusedError `already-exists` when dialect, project and name are taken */
    insert(
      tasks: readonly { readonly task: Task; readonly spec: RunSpec; readonly requestId?: string }[],
    ): Promise<void>;
    getMany(ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, Task>>;
    specs(ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, RunSpec>>;
    findByName(dialect: Dialect, name: string, projectId?: string): Promise<Task | undefined>;
    findByRequestId(requestId: string): Promise<Task | undefined>;
    /** Replaces rows that still have the given state and attempt number; answers the ids that were replaced. */
    replace(changes: readonly TaskReplacement[]): Promise<readonly TaskId[]>;
    /** Ended ones, and with them all that belongs to them: specification, attempts, artifacts. */
    delete(ids: readonly TaskId[]): Promise<void>;
    /** Queued tasks that fit, oldest first; does not change them. Within one unit no task is answered twice. */
    claim(ask: ClaimAsk): Promise<readonly Task[]>;
    /** Waiting tasks whose time has come, earliest first. */
    due(now: number, limit: number): Promise<readonly Task[]>;
    /** The earliest time that any waiting task waits for. */
    nextDue(): Promise<number | undefined>;
  };
  readonly attempts: {
    insert(attempts: readonly Attempt[]): Promise<void>;
    getMany(refs: readonly AttemptRef[]): Promise<readonly Attempt[]>;
    /** Replaces rows that have not ended. */
    replace(attempts: readonly Attempt[]): Promise<void>;
    /** Attempts of a worker that have not ended, oldest first. */
    current(workerId: string): Promise<readonly Attempt[]>;
    /** What those take, and how many take that. */
    currentDemands(workerId: string): Promise<readonly { readonly demand: Demand; readonly count: number }[]>;
  };
  /** How attempts went on. */
  readonly usage: {
    /** Inserts, or replaces that of the same attempt. */
    put(usages: readonly { readonly ref: AttemptRef; readonly usage: Usage }[]): Promise<void>;
    /** Of those of which there is some. */
    getMany(refs: readonly AttemptRef[]): Promise<readonly { readonly ref: AttemptRef; readonly usage: Usage }[]>;
  };
  readonly artifacts: {
    /** Inserts, or replaces those with the same task, attempt and path. */
    put(artifacts: readonly Artifact[]): Promise<void>;
    /** By path. */
    ofAttempt(ref: AttemptRef): Promise<readonly Artifact[]>;
  };
  readonly deletions: {
    put(marks: readonly DeletionMark[]): Promise<void>;
    getMany(ids: readonly TaskId[]): Promise<readonly DeletionMark[]>;
    /** All that are approved. */
    approved(): Promise<readonly DeletionMark[]>;
  };
  readonly dependencies: {
    insert(dependencies: readonly Dependency[]): Promise<void>;
    /** What these tasks wait for, or waited for. */
    of(taskIds: readonly TaskId[]): Promise<readonly Dependency[]>;
    /** What waits, or waited, for these tasks. */
    on(taskIds: readonly TaskId[]): Promise<readonly Dependency[]>;
  };
  readonly dataSets: {
    /** Inserts, or replaces those with the same id. */
    put(dataSets: readonly DataSet[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, DataSet>>;
  };
  readonly models: {
    /** Inserts, or replaces those with the same id. */
    put(models: readonly Model[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Model>>;
    /** Those of projects with this name; by id. */
    ofProject(projectName: string): Promise<readonly Model[]>;
    /** By id. */
    all(): Promise<readonly Model[]>;
    /** Leaves versions, runs and replicas. */
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly modelVersions: {
    /** Inserts, or replaces those with the same model and version. */
    put(versions: readonly ModelVersion[]): Promise<void>;
    /** Newest first. */
    of(modelId: string): Promise<readonly ModelVersion[]>;
    delete(modelId: string, versions: readonly number[]): Promise<void>;
  };
  /** Tasks that train and validate; they go with their tasks. */
  readonly modelRuns: {
    put(runs: readonly ModelRun[]): Promise<void>;
    /** Those of the given tasks that are some. */
    getMany(taskIds: readonly TaskId[]): Promise<readonly ModelRun[]>;
    /** Newest first, `limit` at most. */
    of(modelId: string, limit: number): Promise<readonly ModelRun[]>;
  };
  /** What serves models; they go with their tasks. */
  readonly replicas: {
    /** Inserts, or replaces those with the same task. */
    put(replicas: readonly Replica[]): Promise<void>;
    getMany(taskIds: readonly TaskId[]): Promise<readonly Replica[]>;
    /** By task. */
    of(modelId: string): Promise<readonly Replica[]>;
    all(): Promise<readonly Replica[]>;
    delete(taskIds: readonly TaskId[]): Promise<void>;
  };
  readonly jobs: {
    /** Inserts, or replaces those with the same id; ties their files to them. */
    put(jobs: readonly Job[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Job>>;
    /** Those whose tasks wait for files, oldest first. */
    staging(limit: number): Promise<readonly Job[]>;
    /** Those whose tasks are gone, and those that were made before a time and have never had one. */
    left(createdBefore: number, limit: number): Promise<readonly string[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly stagedFiles: {
    /** Inserts, or replaces those with the same id. */
    put(files: readonly StagedFile[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StagedFile>>;
    /** Of the given ones, those that a job names that has not ended. */
    needed(ids: readonly string[]): Promise<readonly string[]>;
    /** Those that no job needs that has not ended, the least recently used first. */
    unneeded(limit: number): Promise<readonly StagedFile[]>;
    /** Bytes of all. */
    size(): Promise<number>;
    delete(ids: readonly string[]): Promise<void>;
  };
  /** What is known of the objects of the object store. */
  readonly objects: {
    /** Inserts, or replaces those with the same hash. */
    put(objects: readonly KeptObject[]): Promise<void>;
    /**
     * Forgets those of the given objects that nothing refers to and that were last put before a time.
     *
     * @returns the given ones that are not known any more, which may be deleted
     */
    forgetUnused(hashes: readonly string[], keptBefore: number): Promise<readonly string[]>;
  };
  readonly workers: {
    /** Inserts, or replaces those with the same id. */
    put(workers: readonly Worker[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Worker>>;
    findByNumber(number: number): Promise<Worker | undefined>;
    all(): Promise<readonly Worker[]>;
    /** The next number for a worker. */
    nextNumber(): Promise<number>;
    /** Whether any worker of this kind is online and not draining. */
    hasTakers(kind: WorkerKind): Promise<boolean>;
    delete(ids: readonly string[]): Promise<void>;
  };
  /** What is known besides of workers that providers have given; by the worker's id. */
  readonly providedWorkers: {
    /** Inserts, or replaces those with the same id. */
    put(workers: readonly ProvidedWorker[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ProvidedWorker>>;
    /** All that have not ended, by number. */
    open(): Promise<readonly ProvidedWorker[]>;
    /** Those that ended before a time, the earliest first. */
    ended(before: number, limit: number): Promise<readonly ProvidedWorker[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  /** Servers that share the store; none where there is only ever one. */
  readonly servers: {
    /** Inserts, or replaces those with the same id. */
    put(servers: readonly ServerBeat[]): Promise<void>;
    /** By id. */
    all(): Promise<readonly ServerBeat[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  /** Which servers have a task's log, where each server has its own. */
  readonly logPlaces: {
    put(places: readonly { readonly taskId: TaskId; readonly serverId: string }[]): Promise<void>;
    /** Ids of the servers, in order. */
    of(taskId: TaskId): Promise<readonly string[]>;
  };
  readonly schedules: {
    /** Inserts, or replaces those with the same id. */
    put(schedules: readonly Schedule[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Schedule>>;
    /** Those of the project with this id, and those of projects with this name; by id. */
    ofProject(projectId: string, projectName: string): Promise<readonly Schedule[]>;
    /** Their history goes with them. */
    delete(ids: readonly string[]): Promise<void>;
    /** Schedules that are not paused and whose time has come, earliest first. */
    due(now: number, limit: number): Promise<readonly Schedule[]>;
    /** The earliest time of any schedule that is not paused. */
    nextDue(): Promise<number | undefined>;
    /** Adds to a schedule's history, of which the newest `keep` stay. */
    putTicks(ticks: readonly Tick[], keep: number): Promise<void>;
  };
  readonly secrets: {
    /** Inserts, or replaces those with the same key. */
    put(secrets: readonly Secret[]): Promise<void>;
    getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Secret>>;
    count(): Promise<number>;
    /** Leaves the versions. */
    delete(keys: readonly string[]): Promise<void>;
    /** Inserts, or replaces, versions with or without their values. */
    putVersions(versions: readonly SealedVersion[]): Promise<void>;
    /** Those of the given ones that exist, in any order. */
    versions(which: readonly VersionName[]): Promise<readonly SealedVersion[]>;
    /** All that are remembered of a secret, without values; the oldest first. */
    versionsOf(secretId: string): Promise<readonly SecretVersion[]>;
    deleteVersions(which: readonly VersionName[]): Promise<void>;
    /** How many values are sealed under each master key. */
    keyUses(): Promise<ReadonlyMap<string, number>>;
    /** Values that are sealed under any other master key than this one, after a version, in an order that stays. */
    sealedUnderOthers(keyId: string, limit: number, after?: VersionName): Promise<readonly SealedVersion[]>;
    /**
     * Versions with a value that are not current and that no attempt which still runs was given; those of secrets that
     * are `deleted` are the last of them. Without the values.
     */
    unneededVersions(limit: number): Promise<readonly { readonly version: SecretVersion; readonly deleted: boolean }[]>;
    /** Inserts, or replaces those of the same attempt and key. */
    putReads(reads: readonly SecretRead[]): Promise<void>;
    /** What an attempt was given. */
    readsOf(ref: AttemptRef): Promise<readonly SecretRead[]>;
    /** Attempts that were given something and have ended. */
    endedReaders(limit: number): Promise<readonly AttemptRef[]>;
    deleteReads(refs: readonly AttemptRef[]): Promise<void>;
  };
  /** API tokens and browsers' sessions. */
  readonly tokens: {
    /** Inserts, or replaces those with the same id. */
    put(tokens: readonly Token[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Token>>;
    findByHash(hash: string): Promise<Token | undefined>;
    /** By id. */
    all(): Promise<readonly Token[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly savedViews: {
    /** Inserts, or replaces those with the same id. */
    put(views: readonly SavedView[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, SavedView>>;
    /** By id. */
    all(): Promise<readonly SavedView[]>;
    delete(ids: readonly string[]): Promise<void>;
  };
  readonly taskBatches: {
    /** Inserts, or replaces those with the same id. */
    put(batches: readonly TaskBatch[]): Promise<void>;
    getMany(ids: readonly string[]): Promise<ReadonlyMap<string, TaskBatch>>;
    /** Newest first. */
    all(): Promise<readonly TaskBatch[]>;
    /** What a batch touches: kept beside it, for it may be long and never changes. */
    putTarget(batchId: string, target: BatchTarget): Promise<void>;
    target(batchId: string): Promise<BatchTarget | undefined>;
    /** Their targets and refusals go with them. */
    delete(ids: readonly string[]): Promise<void>;
    /** Inserts, or replaces those of the same batch and task. */
    putRefusals(refusals: readonly BatchRefusal[]): Promise<void>;
    /** By task. */
    refusals(batchId: string, limit: number): Promise<readonly BatchRefusal[]>;
  };
  readonly audit: {
    insert(events: readonly AuditEvent[]): Promise<void>;
    /** Deletes the oldest of those whose id sorts before one, or that are more than `keep`; answers how many. */
    deleteOldest(before: string, keep: number, limit: number): Promise<number>;
  };
  readonly journal: {
    /** Answers the position of the last one. */
    append(entries: readonly NewEntry[]): Promise<Position>;
    /** Of the newest entry that this unit sees, its own among them. */
    position(): Promise<Position>;
  };
  /** Small values of the server itself, such as a check of the master key. */
  readonly settings: {
    get(name: string): Promise<string | undefined>;
    put(name: string, value: string): Promise<void>;
  };
}

/** Names a version of a secret. */
type VersionName = Pick<SecretVersion, "secretId" | "version">;

/** An object as the store knows it. */
export interface KeptObject {
  readonly hash: string;
  readonly size: number;
  /** When it was last put. */
  readonly keptAt: number;
}

export interface TaskReplacement {
  readonly task: Task;
  readonly ifState: TaskState;
  readonly ifAttempt: number;
}

export interface ClaimAsk {
  /** What the worker has left; a demand for something that is not named here does not fit. */
  readonly free: Demand;
  /** At most this many. */
  readonly limit: number;
  /** Only these dialects; unset means all. */
  readonly dialects?: readonly Dialect[];
  /** Only tasks that demand some of this; unset means all. */
  readonly demanding?: string;
}
