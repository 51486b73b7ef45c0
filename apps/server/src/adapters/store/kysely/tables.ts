import type { Schema, TableName, Value } from "./schema.ts";

/**
 * What a column is to its table: part of the key, set once when the row is made, or changed by replacing the row.
 *
 * Indexes over columns that never change cost nothing when a row is replaced, so they are told apart.
 */
export type ColumnRole = "key" | "fixed" | "plain";

export type Columns<T extends TableName> = Readonly<Record<keyof Schema[T] & string, ColumnRole>>;

/** The columns of the tables that are written row by row, in the order in which their values are bound. */
export const tables = {
  settings: { name: "key", value: "plain" },
  journal: { position: "key", entry: "plain" },
  projects: { id: "key", name: "plain", source_id: "plain", created_at: "plain", body: "plain" },
  project_files: { project_id: "key", path: "key", size: "plain", hash: "plain" },
  sources: { id: "key", repository: "plain", revision: "plain", body: "plain" },
  tasks: {
    id: "key",
    dialect: "fixed",
    project_id: "fixed",
    project_name: "fixed",
    name: "fixed",
    title: "fixed",
    sort_title: "fixed",
    search: "fixed",
    creator: "fixed",
    retry_of: "fixed",
    request_id: "fixed",
    created_at: "fixed",
    labels: "fixed",
    origin: "fixed",
    state: "plain",
    attempt: "plain",
    phase: "plain",
    reason_code: "plain",
    reason_message: "plain",
    reason_hint: "plain",
    user_failures: "plain",
    system_failures: "plain",
    queued_at: "plain",
    not_before: "plain",
    started_at: "plain",
    ended_at: "plain",
    exit_code: "plain",
    worker_id: "plain",
    commit_hash: "plain",
    demand: "plain",
  },
  task_specs: { task_id: "key", body: "plain" },
  task_labels: { task_id: "key", label: "key", labelled_at: "fixed", label_project: "fixed" },
  attempts: {
    task_id: "key",
    number: "key",
    worker_id: "plain",
    phase: "plain",
    sequence: "plain",
    demand: "fixed",
    assigned_at: "fixed",
    ahead: "fixed",
    prepared_at: "plain",
    started_at: "plain",
    collected_at: "plain",
    ended_at: "plain",
    outcome: "plain",
    reason_code: "plain",
    reason_message: "plain",
    reason_hint: "plain",
    exit_code: "plain",
    signal: "plain",
    cpu_ms: "plain",
    peak_memory: "plain",
    peak_disk: "plain",
    environment: "plain",
  },
  attempt_usage: { task_id: "key", number: "key", body: "plain" },
  artifacts: { task_id: "key", attempt: "key", path: "key", size: "plain", hash: "plain" },
  workers: { id: "key", name: "plain", number: "fixed", kind: "fixed", takes: "plain", body: "plain" },
  provided_workers: { worker_id: "key", ended_at: "plain", body: "plain" },
  servers: { id: "key", beats: "plain", body: "plain" },
  log_places: { task_id: "key", server_id: "key" },
  deletions: { task_id: "key", approved: "plain", body: "plain" },
  dependencies: { task_id: "key", on_task_id: "key", path: "key", label: "plain" },
  data_sets: { id: "key", producer_id: "plain", body: "plain" },
  models: { id: "key", project_name: "fixed", body: "plain" },
  model_versions: { model_id: "key", version: "key", body: "plain" },
  model_runs: { task_id: "key", model_id: "fixed", body: "plain" },
  replicas: { task_id: "key", model_id: "fixed", body: "plain" },
  jobs: { id: "key", task_id: "plain", staging: "plain", created_at: "fixed", body: "plain" },
  job_files: { job_id: "key", file_id: "key" },
  staged_files: { id: "key", hash: "plain", size: "plain", staged_at: "plain", used_at: "plain" },
  schedules: { id: "key", project_id: "plain", project_name: "plain", due_at: "plain", body: "plain" },
  schedule_ticks: { schedule_id: "key", at: "key", body: "plain" },
  secrets: { key: "key", id: "plain", version: "plain", body: "plain" },
  secret_versions: { secret_id: "key", version: "key", key_id: "plain", body: "plain", sealed: "plain" },
  secret_reads: { task_id: "key", attempt: "key", key: "key", secret_id: "plain", version: "plain" },
  objects: { hash: "key", size: "plain", kept_at: "plain" },
  saved_views: { id: "key", body: "plain" },
  task_batches: { id: "key", created_at: "plain", body: "plain" },
  task_batch_targets: { batch_id: "key", body: "plain" },
  task_batch_refusals: { batch_id: "key", task_id: "key", message: "plain" },
  tokens: { id: "key", hash: "plain", body: "plain" },
  audit_events: {
    id: "key",
    at: "fixed",
    principal: "fixed",
    rpc: "fixed",
    outcome: "fixed",
    search: "fixed",
    body: "fixed",
  },
} as const satisfies { readonly [T in TableName]?: Columns<T> };

/** A row with this value is final: it is not replaced any more. */
export const finalValues: Readonly<Partial<Record<KeyedTable, Readonly<Record<string, Value>>>>> = {
  attempts: { phase: "ended" },
};

/** A table whose rows are written and read by key. */
export type KeyedTable = keyof typeof tables;

/** Columns of a table that have one of the roles, in their order. */
export function columnsOf(table: KeyedTable, ...roles: readonly ColumnRole[]): readonly string[] {
  return Object.entries(tables[table]).flatMap(([column, role]) => (roles.includes(role) ? [column] : []));
}

/** Tables of what belongs to one task: their keys begin with its id. */
export const tablesOfTasks: readonly KeyedTable[] = (Object.keys(tables) as KeyedTable[]).filter(
  (table) => columnsOf(table, "key")[0] === "task_id",
);
