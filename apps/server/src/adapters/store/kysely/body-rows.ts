import type { DataSet } from "#core/data-sets/data-set.ts";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import type { Model, ModelRun, ModelVersion, Replica } from "#core/models/model.ts";
import type { Project, ProjectFile } from "#core/projects/project.ts";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { Schedule, Tick } from "#core/schedules/schedule.ts";
import type { SealedVersion, Secret, SecretRead, SecretVersion } from "#core/secrets/secret.ts";
import type { Server, ServerBeat } from "#core/servers/server.ts";
import type { Source } from "#core/sources/source.ts";
import type { Token } from "#core/tokens/token.ts";
import type { Worker } from "#core/workers/worker.ts";
import type {
  DataSetRow,
  JobRow,
  ModelRow,
  ModelRunRow,
  ModelVersionRow,
  ProjectFileRow,
  ProjectRow,
  ProvidedWorkerRow,
  ReplicaRow,
  ScheduleRow,
  SecretReadRow,
  SecretRow,
  SecretVersionRow,
  ServerRow,
  SourceRow,
  StagedFileRow,
  TickRow,
  TokenRow,
  WorkerRow,
} from "./schema.ts";

// Rows whose table has columns for what is searched, and keeps the whole as JSON.

export function projectRow(project: Project): ProjectRow {
  return {
    id: project.id,
    name: project.definition.name,
    source_id: project.sourceId ?? null,
    created_at: project.createdAt,
    body: JSON.stringify(project),
  };
}

export function projectOf({ body }: Pick<ProjectRow, "body">): Project {
  return JSON.parse(body) as Project;
}

export function projectFileRow({ projectId, path, size, hash }: ProjectFile): ProjectFileRow {
  return { project_id: projectId, path, size, hash };
}

export function projectFileOf({ project_id, path, size, hash }: ProjectFileRow): ProjectFile {
  return { projectId: project_id, path, size, hash };
}

export function sourceRow(source: Source): SourceRow {
  return {
    id: source.id,
    repository: source.settings.repository,
    revision: source.revision,
    body: JSON.stringify(source),
  };
}

export function sourceOf({ body }: Pick<SourceRow, "body">): Source {
  return JSON.parse(body) as Source;
}

export function workerRow(worker: Worker): WorkerRow {
  const { id, name, number, kind, online, draining } = worker;
  return { id, name, number, kind, takes: online && !draining ? 1 : 0, body: JSON.stringify(worker) };
}

/** Each call of a worker reads it, and it seldom changes. */
const parsedWorkers = new Map<string, Worker>();
const mostParsedWorkers = 2_000;

export function workerOf({ body }: Pick<WorkerRow, "body">): Worker {
  const known = parsedWorkers.get(body);
  if (known !== undefined) return known;
  const worker: Worker = Object.freeze(JSON.parse(body) as Worker);
  if (parsedWorkers.size >= mostParsedWorkers) parsedWorkers.clear();
  parsedWorkers.set(body, worker);
  return worker;
}

export function secretRow(secret: Secret): SecretRow {
  return { key: secret.key, id: secret.id, version: secret.version, body: JSON.stringify(secret) };
}

export function secretOf({ body }: Pick<SecretRow, "body">): Secret {
  return JSON.parse(body) as Secret;
}

export function versionRow({ sealed, ...version }: SealedVersion): SecretVersionRow {
  return {
    secret_id: version.secretId,
    version: version.version,
    key_id: version.keyId ?? "",
    body: JSON.stringify(version),
    sealed: sealed ?? null,
  };
}

export function versionOf({ body }: Pick<SecretVersionRow, "body">): SecretVersion {
  return JSON.parse(body) as SecretVersion;
}

export function sealedVersionOf(row: Pick<SecretVersionRow, "body" | "sealed">): SealedVersion {
  return row.sealed ? { ...versionOf(row), sealed: row.sealed } : versionOf(row);
}

export function readRow({ ref, key, secretId, version }: SecretRead): SecretReadRow {
  return { task_id: ref.taskId, attempt: ref.number, key, secret_id: secretId, version };
}

export function readOf({ task_id, attempt, key, secret_id, version }: SecretReadRow): SecretRead {
  return { ref: { taskId: task_id, number: attempt }, key, secretId: secret_id, version };
}

export function scheduleRow(schedule: Schedule): ScheduleRow {
  return {
    id: schedule.id,
    project_id: schedule.projectId,
    project_name: schedule.projectName,
    due_at: schedule.paused ? null : (schedule.nextAt ?? null),
    body: JSON.stringify(schedule),
  };
}

export function scheduleOf({ body }: Pick<ScheduleRow, "body">): Schedule {
  return JSON.parse(body) as Schedule;
}

export function tickRow(tick: Tick): TickRow {
  return { schedule_id: tick.scheduleId, at: tick.at, body: JSON.stringify(tick) };
}

export function tickOf({ body }: Pick<TickRow, "body">): Tick {
  return JSON.parse(body) as Tick;
}

export function tokenRow(token: Token): TokenRow {
  return { id: token.id, hash: token.hash, body: JSON.stringify(token) };
}

export function tokenOf({ body }: Pick<TokenRow, "body">): Token {
  return JSON.parse(body) as Token;
}

export function providedWorkerRow(worker: ProvidedWorker): ProvidedWorkerRow {
  return { worker_id: worker.workerId, ended_at: worker.endedAt ?? null, body: JSON.stringify(worker) };
}

export function providedWorkerOf({ body }: Pick<ProvidedWorkerRow, "body">): ProvidedWorker {
  return JSON.parse(body) as ProvidedWorker;
}

export function jobRow(job: Job): JobRow {
  const { id, taskId, isStaging, createdAt } = job;
  return { id, task_id: taskId ?? null, staging: isStaging ? 1 : 0, created_at: createdAt, body: JSON.stringify(job) };
}

export function jobOf({ body }: Pick<JobRow, "body">): Job {
  return JSON.parse(body) as Job;
}

export function stagedFileRow({ id, hash, size, stagedAt, usedAt }: StagedFile): StagedFileRow {
  return { id, hash, size, staged_at: stagedAt, used_at: usedAt };
}

export function stagedFileOf({ id, hash, size, staged_at, used_at }: StagedFileRow): StagedFile {
  return { id, hash, size: Number(size), stagedAt: Number(staged_at), usedAt: Number(used_at) };
}

export function dataSetRow(dataSet: DataSet): DataSetRow {
  return { id: dataSet.id, producer_id: dataSet.producerId ?? null, body: JSON.stringify(dataSet) };
}

export function dataSetOf({ body }: Pick<DataSetRow, "body">): DataSet {
  return JSON.parse(body) as DataSet;
}

export function modelRow(model: Model): ModelRow {
  return { id: model.id, project_name: model.projectName, body: JSON.stringify(model) };
}

export function modelOf({ body }: Pick<ModelRow, "body">): Model {
  return JSON.parse(body) as Model;
}

export function modelVersionRow(version: ModelVersion): ModelVersionRow {
  return { model_id: version.modelId, version: version.version, body: JSON.stringify(version) };
}

export function modelVersionOf({ body }: Pick<ModelVersionRow, "body">): ModelVersion {
  return JSON.parse(body) as ModelVersion;
}

export function modelRunRow(run: ModelRun): ModelRunRow {
  return { task_id: run.taskId, model_id: run.modelId, body: JSON.stringify(run) };
}

export function modelRunOf({ body }: Pick<ModelRunRow, "body">): ModelRun {
  return JSON.parse(body) as ModelRun;
}

export function replicaRow(replica: Replica): ReplicaRow {
  return { task_id: replica.taskId, model_id: replica.modelId, body: JSON.stringify(replica) };
}

export function replicaOf({ body }: Pick<ReplicaRow, "body">): Replica {
  return JSON.parse(body) as Replica;
}

export function serverRow({ beats, ...server }: ServerBeat): ServerRow {
  return { id: server.id, beats, body: JSON.stringify(server) };
}

export function serverOf({ beats, body }: ServerRow): ServerBeat {
  return { ...(JSON.parse(body) as Server), beats };
}
