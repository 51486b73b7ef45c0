import type { Artifact, Attempt, PreparedEnvironment } from "#core/tasks/task.ts";
import type { ArtifactRow, AttemptRow } from "./schema.ts";
import { demandOf, demandText, reasonOf } from "./task-row.ts";

export function attemptRow(attempt: Attempt): AttemptRow {
  return {
    task_id: attempt.taskId,
    number: attempt.number,
    worker_id: attempt.workerId,
    phase: attempt.phase,
    sequence: attempt.sequence,
    demand: demandText(attempt.demand),
    assigned_at: attempt.assignedAt,
    ahead: attempt.ahead ? 1 : null,
    prepared_at: attempt.preparedAt ?? null,
    started_at: attempt.startedAt ?? null,
    collected_at: attempt.collectedAt ?? null,
    ended_at: attempt.endedAt ?? null,
    outcome: attempt.outcome ?? null,
    reason_code: attempt.reason?.code ?? null,
    reason_message: attempt.reason?.message ?? null,
    reason_hint: attempt.reason?.hint ?? null,
    exit_code: attempt.exitCode ?? null,
    signal: attempt.signal ?? null,
    cpu_ms: attempt.usage?.cpuMs ?? null,
    peak_memory: attempt.usage?.peakMemory ?? null,
    peak_disk: attempt.usage?.peakDisk ?? null,
    environment: attempt.environment ? JSON.stringify(attempt.environment) : null,
  };
}

export function attemptOf(row: AttemptRow): Attempt {
  const reason = reasonOf(row);
  return {
    taskId: row.task_id,
    number: row.number,
    workerId: row.worker_id,
    phase: row.phase,
    sequence: row.sequence,
    demand: demandOf(row.demand),
    assignedAt: row.assigned_at,
    ...(row.ahead !== null && { ahead: true as const }),
    ...(row.prepared_at !== null && { preparedAt: row.prepared_at }),
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.collected_at !== null && { collectedAt: row.collected_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    ...(row.outcome !== null && { outcome: row.outcome }),
    ...(reason !== undefined && { reason }),
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.signal !== null && { signal: row.signal }),
    ...(row.cpu_ms !== null && {
      usage: { cpuMs: row.cpu_ms, peakMemory: row.peak_memory ?? 0, peakDisk: row.peak_disk ?? 0 },
    }),
    ...(row.environment !== null && { environment: JSON.parse(row.environment) as PreparedEnvironment }),
  };
}

export function artifactRow({ taskId, attempt, path, size, hash }: Artifact): ArtifactRow {
  return { task_id: taskId, attempt, path, size, hash };
}

export function artifactOf({ task_id, attempt, path, size, hash }: ArtifactRow): Artifact {
  return { taskId: task_id, attempt, path, size, hash };
}
