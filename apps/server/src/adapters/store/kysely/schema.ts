import type { AttemptOutcome, AttemptPhase, Dialect, TaskState } from "#core/tasks/task.ts";
import type { WorkerKind } from "#core/workers/worker.ts";

/**
 * The tables, alike in every technology: numbers, text and bytes only. Times are milliseconds since 1970, structured
 * values are JSON text.
 */
export interface Schema {
  migrations: MigrationRow;
  progress: ProgressRow;
  settings: SettingRow;
  journal: JournalRow;
  projects: ProjectRow;
  project_files: ProjectFileRow;
  sources: SourceRow;
  tasks: TaskRow;
  task_specs: TaskSpecRow;
  task_labels: TaskLabelRow;
  attempts: AttemptRow;
  attempt_usage: AttemptUsageRow;
  artifacts: ArtifactRow;
  workers: WorkerRow;
  provided_workers: ProvidedWorkerRow;
  servers: ServerRow;
  log_places: LogPlaceRow;
  secrets: SecretRow;
  deletions: DeletionRow;
  dependencies: DependencyRow;
  data_sets: DataSetRow;
  models: ModelRow;
  model_versions: ModelVersionRow;
  model_runs: ModelRunRow;
  replicas: ReplicaRow;
  jobs: JobRow;
  job_files: JobFileRow;
  staged_files: StagedFileRow;
  schedules: ScheduleRow;
  schedule_ticks: TickRow;
  secret_versions: SecretVersionRow;
  secret_reads: SecretReadRow;
  objects: ObjectRow;
  tokens: TokenRow;
  audit_events: AuditRow;
  saved_views: SavedViewRow;
  task_batches: TaskBatchRow;
  task_batch_targets: TaskBatchTargetRow;
  task_batch_refusals: TaskBatchRefusalRow;
}

export type TableName = keyof Schema;

/** What a column can hold. */
export type Value = string | number | null | Uint8Array;

export interface MigrationRow {
  number: number;
  name: string;
}

/** One row, written with every group of units. */
export interface ProgressRow {
  id: number;
  /** Groups that were committed. */
  commits: number;
  /** The last task id that was given out. */
  task_id: number;
  /** Position of the newest journal entry. */
  position: number;
  /** Position of the oldest journal entry that followers may still ask for. */
  oldest: number;
}

export interface SettingRow {
  name: string;
  value: string;
}

export interface JournalRow {
  position: number;
  entry: string;
}

export interface JobRow {
  id: string;
  task_id: number | null;
  /** 1 while its task waits for files. */
  staging: number;
  created_at: number;
  body: string;
}

export interface JobFileRow {
  job_id: string;
  file_id: string;
}

export interface StagedFileRow {
  id: string;
  hash: string;
  size: number;
  staged_at: number;
  used_at: number;
}

export interface ProjectRow {
  id: string;
  name: string;
  source_id: string | null;
  created_at: number;
  body: string;
}

export interface ProjectFileRow {
  project_id: string;
  path: string;
  size: number;
  hash: string;
}

export interface SourceRow {
  id: string;
  repository: string;
  revision: number;
  body: string;
}

export interface TaskRow {
  id: number;
  dialect: Dialect;
  project_id: string;
  project_name: string;
  name: string;
  title: string;
  /** The beginning of the title in lower case: the order by title. */
  sort_title: string;
  /** The beginnings of title and name in lower case, a line each: what is searched. */
  search: string;
  creator: string;
  retry_of: number | null;
  request_id: string | null;
  created_at: number;
  state: TaskState;
  attempt: number;
  phase: AttemptPhase | null;
  reason_code: string | null;
  reason_message: string | null;
  reason_hint: string | null;
  user_failures: number;
  system_failures: number;
  queued_at: number | null;
  not_before: number | null;
  started_at: number | null;
  ended_at: number | null;
  exit_code: number | null;
  worker_id: string | null;
  commit_hash: string | null;
  demand: string;
  /** JSON; null without labels. */
  labels: string | null;
  /** Kind and id, with a blank between. */
  origin: string | null;
}

/** Something that a task is found by: a label, or its key alone. */
export interface TaskLabelRow {
  task_id: number;
  label: string;
  /** When the task was created, and where it belongs. */
  labelled_at: number;
  label_project: string;
}

export interface TaskSpecRow {
  task_id: number;
  body: string;
}

export interface AttemptRow {
  task_id: number;
  number: number;
  worker_id: string;
  phase: AttemptPhase;
  sequence: number;
  demand: string;
  assigned_at: number;
  /** 1 or null. */
  ahead: number | null;
  prepared_at: number | null;
  started_at: number | null;
  collected_at: number | null;
  ended_at: number | null;
  outcome: AttemptOutcome | null;
  reason_code: string | null;
  reason_message: string | null;
  reason_hint: string | null;
  exit_code: number | null;
  signal: string | null;
  cpu_ms: number | null;
  peak_memory: number | null;
  peak_disk: number | null;
  /** JSON. */
  environment: string | null;
}

export interface AttemptUsageRow {
  task_id: number;
  number: number;
  body: string;
}

export interface ArtifactRow {
  task_id: number;
  attempt: number;
  path: string;
  size: number;
  hash: string;
}

export interface ServerRow {
  id: string;
  beats: number;
  body: string;
}

export interface LogPlaceRow {
  task_id: number;
  server_id: string;
}

export interface WorkerRow {
  id: string;
  name: string;
  number: number;
  kind: WorkerKind;
  /** 1 while it is online and not draining. */
  takes: number;
  body: string;
}

export interface ProvidedWorkerRow {
  worker_id: string;
  /** Null until it has stopped or failed. */
  ended_at: number | null;
  body: string;
}

export interface SecretRow {
  key: string;
  id: string;
  /** The current one. */
  version: number;
  body: string;
}

export interface SecretVersionRow {
  secret_id: string;
  version: number;
  /** The master key under which the value is sealed; empty when there is no value any more. */
  key_id: string;
  /** Everything but the sealed value. */
  body: string;
  sealed: Uint8Array | null;
}

/** A value that an attempt was given. */
export interface SecretReadRow {
  task_id: number;
  attempt: number;
  key: string;
  secret_id: string;
  version: number;
}

export interface ScheduleRow {
  id: string;
  project_id: string;
  project_name: string;
  /** When it comes round; null while it is paused, or when it never does. */
  due_at: number | null;
  body: string;
}

export interface TickRow {
  schedule_id: string;
  at: number;
  body: string;
}

/** An object that is kept, or was about to be. */
export interface ObjectRow {
  hash: string;
  size: number;
  /** When it was last put. */
  kept_at: number;
}

export interface TokenRow {
  id: string;
  /** SHA-256 of its text. */
  hash: string;
  body: string;
}

export interface AuditRow {
  id: string;
  at: number;
  principal: string;
  rpc: string;
  outcome: string;
  /** Who, RPC, address and targets in lower case: what is searched. */
  search: string;
  body: string;
}

export interface DependencyRow {
  task_id: number;
  on_task_id: number;
  path: string;
  label: string;
}

export interface DataSetRow {
  id: string;
  producer_id: number | null;
  body: string;
}

export interface ModelRow {
  id: string;
  project_name: string;
  body: string;
}

export interface ModelVersionRow {
  model_id: string;
  version: number;
  body: string;
}

export interface ModelRunRow {
  task_id: number;
  model_id: string;
  body: string;
}

export interface ReplicaRow {
  task_id: number;
  model_id: string;
  body: string;
}

export interface DeletionRow {
  task_id: number;
  /** 0 or 1. */
  approved: number;
  body: string;
}

export interface SavedViewRow {
  id: string;
  body: string;
}

export interface TaskBatchRow {
  id: string;
  created_at: number;
  body: string;
}

export interface TaskBatchTargetRow {
  batch_id: string;
  body: string;
}

export interface TaskBatchRefusalRow {
  batch_id: string;
  task_id: number;
  message: string;
}
