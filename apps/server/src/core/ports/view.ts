import type { AuditPage, AuditPageAsk } from "#core/audit/audit-event.ts";
import type { DataSet } from "#core/data-sets/data-set.ts";
import type { StagedFile } from "#core/jobs/job.ts";
import type { Position } from "#core/journal/entry.ts";
import type { Model, ModelRun, ModelVersion, Replica } from "#core/models/model.ts";
import type { Cursor } from "#core/page.ts";
import type { Project } from "#core/projects/project.ts";
import type { Schedule, Tick } from "#core/schedules/schedule.ts";
import type { Secret } from "#core/secrets/secret.ts";
import type { Source } from "#core/sources/source.ts";
import type { OpenTasks } from "#core/tasks/open-tasks.ts";
import type { QueuedKinds, QueuedKindsAsk } from "#core/tasks/queued-kind.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Artifact, Attempt, AttemptRef, Dialect, Task, TaskId, TaskState } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { Usage } from "#core/tasks/usage.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

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
  /** Of all schedules, by time: from `from` to before `to`. */
  listTicksBetween(from: number, to: number): Promise<readonly Tick[]>;
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
