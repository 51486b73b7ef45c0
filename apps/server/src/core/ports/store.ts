import type { AuditEvent, AuditPage, AuditPageAsk } from "#core/audit/audit-event.ts";
import type { DataSet } from "#core/data-sets/data-set.ts";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import type { Entry, NewEntry, Position } from "#core/journal/entry.ts";
import type { Model, ModelRun, ModelVersion, Replica } from "#core/models/model.ts";
import type { Cursor } from "#core/page.ts";
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
import type { OpenTasks } from "#core/tasks/open-tasks.ts";
import type { QueuedKinds, QueuedKindsAsk } from "#core/tasks/queued-kind.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Artifact, Attempt, AttemptRef, Demand, Dialect, Task, TaskId, TaskState } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { Usage } from "#core/tasks/usage.ts";
import type { Token } from "#core/tokens/token.ts";
import type { Worker, WorkerKind, WorkerLoad } from "#core/workers/worker.ts";

/** Where all state is kept. */
export interface Store {
  /**
   * Runs one unit of work; answered when what it wrote, and all that it saw, is durable.
   *
   * A unit may await nothing but `tx`, takes no clock, id or port, and may be run again. When it throws, nothing of it
   * stays.
   *
   * @throws RefusedError what the unit throws; `exhausted` when the disk is full
   */
  transact<I, R>(unit: (tx: Tx, input: I) => Promise<R>, input: I): Promise<R>;

  /** Reads for lists and pages, off the hot path; they see nothing that is not durable. */
  readonly view: View;

  /**
   * Entries after a position, in order, without gap or repeat, as they become durable; ends when the signal aborts.
   *
   * @param wants - tells those that are wanted; all unless given. A follower of few costs nothing while the others come
   * @throws PositionLostError when entries after the position are no longer kept
   */
  follow(after: Position, signal: AbortSignal, wants?: (entry: Entry) => boolean): AsyncIterable<readonly Entry[]>;

  /** Position of the newest durable entry. */
  position(): Position;

  /** Forgets journal entries before a position; what they take on the disk is freed then, or little by little. */
  trim(before: Position): Promise<void>;

  /** Of the technology that keeps the tables, as it was when the store was opened: `3.51.0`. */
  readonly version: string;
  /** Bytes that it takes where it keeps its tables. */
  size(): Promise<number>;

  /** Writes a whole copy of what is durable to a new file. Unset where that is the part of the technology's own tools. */
  readonly backup?: (file: string) => Promise<void>;

  /** Looks through all tables; answers what is damaged. Unset where the technology sees to that itself. */
  readonly findDamage?: () => Promise<readonly string[]>;

  close(): Promise<void>;
}

/** A follower's place in the journal has been trimmed away: take a new snapshot and follow from its position. */
export class PositionLostError extends Error {
  override readonly name = "PositionLostError";
}

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

export type TaskOrder = "created-desc" | "created-asc" | "ended-desc" | "title-asc" | "title-desc";

export interface TaskPageAsk {
  readonly filter: TaskFilter;
  readonly order: TaskOrder;
  readonly limit: number;
  readonly after?: Cursor;
}

export interface TaskPage {
  readonly tasks: readonly Task[];
  /** Unset on the last page. */
  readonly next?: Cursor;
  /** Counted up to 10,000, when the first page was read. */
  readonly total: number;
  readonly totalIsMinimum: boolean;
  readonly position: Position;
}

/** Which artifacts of a task: all, or those of an attempt, of a path, or with a text in their path. */
export interface ArtifactList {
  readonly taskId: TaskId;
  readonly attempt?: number;
  readonly path?: string;
  /** Part of the path, any case. */
  readonly text?: string;
  readonly after?: Pick<Artifact, "path" | "attempt">;
  readonly limit: number;
}

export interface ArtifactPage {
  readonly artifacts: readonly Artifact[];
  /** Of all pages. */
  readonly total: number;
  readonly totalBytes: number;
}

/** What a task runs, and how far it is. */
export interface TaskCommand extends Pick<Task, "id" | "state" | "phase"> {
  /** Of a shell; empty for what is run without one. */
  readonly script: string;
  /** Unset where it is run on the machine itself. */
  readonly image?: string;
}

/** Everything about one task. */
export interface TaskDetail {
  readonly task: Task;
  readonly spec: RunSpec;
  readonly attempts: readonly Attempt[];
  readonly artifacts: readonly Artifact[];
  readonly position: Position;
}

/** A task that another one waits for, or that waits for another. */
export interface LinkedTask {
  readonly task: Task;
  readonly label: string;
}

export interface Lineage {
  readonly waitsFor: readonly LinkedTask[];
  readonly waitedForBy: readonly LinkedTask[];
  /** Tasks that repeat it, newest first, at most 100. */
  readonly retries: readonly Task[];
}

/** Tasks that share a reason. */
export interface ReasonCount {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly projectNames: readonly string[];
  readonly lastAt: number;
  readonly lastTaskId: TaskId;
}

export interface Overview {
  /** Unfinished tasks now, and those that ended since. */
  readonly states: Readonly<Record<TaskState, number>>;
  /** Tasks created since, or unfinished. */
  readonly dialects: Readonly<Record<Dialect, number>>;
  readonly failures: readonly ReasonCount[];
  readonly waits: readonly ReasonCount[];
  /** Active, longest first, at most 10. */
  readonly running: readonly Task[];
  /** Ended since, newest first, at most 500. */
  readonly ended: readonly Task[];
  readonly oldestQueuedAt?: number;
  readonly oldestWaitingAt?: number;
  readonly position: Position;
}

/** A data set, and what the task that made it last has left of it. */
export interface KeptDataSet {
  readonly dataSet: DataSet;
  /** Unset when it was never made, or the task is no longer kept. */
  readonly producer?: Task;
  readonly files: number;
  readonly bytes: number;
}

/** A model, and all that is known of it. */
export interface KeptModel {
  readonly model: Model;
  /** Newest first. */
  readonly versions: readonly ModelVersion[];
  /** Newest first, at most 50, each with its task. */
  readonly runs: readonly { readonly run: ModelRun; readonly task: Task }[];
  /** By task. */
  readonly replicas: readonly { readonly replica: Replica; readonly task: Task }[];
}

/** Named reads, each from one snapshot. */
export interface View {
  listTasks(ask: TaskPageAsk): Promise<TaskPage>;
  /** All unfinished tasks of a dialect and its newest, `limit` in all at least; by id ascending. */
  listNewest(dialect: Dialect, limit: number): Promise<readonly Task[]>;
  /** Tasks of a dialect in these states (all states when unset) with what they run, by id ascending after one. */
  listCommands(ask: {
    readonly dialect: Dialect;
    readonly states?: readonly TaskState[];
    readonly after: TaskId;
    readonly limit: number;
  }): Promise<readonly TaskCommand[]>;
  getTask(id: TaskId): Promise<TaskDetail | undefined>;
  /** What a task has left, by path, of each the earliest attempt first. */
  listArtifacts(ask: ArtifactList): Promise<ArtifactPage>;
  getTasks(ids: readonly TaskId[]): Promise<readonly Task[]>;
  /** What a task waits for, and what waits for it, or did; 100 at most of each, by id. */
  getLineage(id: TaskId): Promise<Lineage>;
  /** Labels that tasks have, as `key=value`, in that order; tasks are counted up to 1,000. */
  listLabels(ask: {
    /** What they begin with. */
    readonly prefix: string;
    /** The last one of the page before; empty at first. */
    readonly after: string;
    readonly limit: number;
    /** Of tasks of these projects only. */
    readonly projectNames?: readonly string[];
  }): Promise<{
    readonly labels: readonly { readonly label: string; readonly count: number; readonly isMinimum: boolean }[];
    readonly more: boolean;
  }>;
  /** How an attempt went on; undefined when nothing was measured. */
  getUsage(ref: AttemptRef): Promise<Usage | undefined>;
  /** By id, after one, with the bytes of all. */
  listStagedFiles(ask: {
    readonly after: string;
    readonly limit: number;
  }): Promise<{ readonly files: readonly StagedFile[]; readonly bytes: number }>;
  listSources(): Promise<{ readonly sources: readonly Source[]; readonly position: Position }>;
  /** The project of every source, and of uploads the newest of each name with how many share the name; by name. */
  listProjects(): Promise<readonly { readonly project: Project; readonly uploads: number }[]>;
  listSecrets(): Promise<{ readonly secrets: readonly Secret[]; readonly position: Position }>;
  /** By next time, those without one last; then by id. */
  listSchedules(): Promise<{ readonly schedules: readonly Schedule[]; readonly position: Position }>;
  /** Newest first. */
  listTicks(scheduleId: string): Promise<readonly Tick[]>;
  /** By id, each with what made it last, and how much that is. */
  listDataSets(): Promise<{ readonly dataSets: readonly KeptDataSet[]; readonly position: Position }>;
  /** By id, each with all of its versions and replicas, and its newest runs. */
  listModels(ask: {
    readonly id?: string;
  }): Promise<{ readonly models: readonly KeptModel[]; readonly position: Position }>;
  /** By name. */
  listWorkers(): Promise<{ readonly workers: readonly WorkerLoad[]; readonly position: Position }>;
  listAuditEvents(ask: AuditPageAsk): Promise<AuditPage>;
  /** @param projectNames - of these projects only */
  overview(since: number, projectNames?: readonly string[]): Promise<Overview>;
  /** What is queued, by kind, the most frequent first; takes a bounded time, however much is queued. */
  listQueuedKinds(ask: QueuedKindsAsk): Promise<QueuedKinds>;
  /** How many tasks there are that have not ended; reads indexes alone, but all of what it counts. */
  countOpenTasks(): Promise<OpenTasks>;
  /**
   * Looks at so many objects by hash, and answers those that nothing refers to and that were last put before a time.
   *
   * @param ask.after - hash; empty at first, then `next` of the answer before, which is unset at the end
   */
  listUnusedObjects(ask: {
    readonly after: string;
    readonly keptBefore: number;
    readonly looked: number;
  }): Promise<{ readonly hashes: readonly string[]; readonly next?: string }>;
  /** Of the tasks that ended first: those that ended before a time, and those that are too many when `keep` may stay. */
  listEnded(ask: {
    readonly endedBefore: number;
    readonly keep: number;
    readonly limit: number;
  }): Promise<readonly TaskId[]>;
  /**
   * Of the oldest entry of the journal, and of the first that is not older than a time: one after the newest when all are.
   */
  positionAt(at: number): Promise<{ readonly oldest: Position; readonly position: Position }>;
  countStorage(): Promise<StorageCounts>;
}

/** How much of each kind the store has. */
export interface StorageCounts {
  readonly tasks: { readonly count: number; readonly oldestAt?: number };
  readonly journal: { readonly count: number; readonly oldestAt?: number };
  readonly objects: { readonly count: number; readonly bytes: number };
}
