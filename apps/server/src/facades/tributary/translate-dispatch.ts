import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type {
  AssignmentSchema,
  AttemptRefSchema,
  RegisterRequest,
  StoreArtifactRequest,
  AttemptEnd as WireEnd,
  LogPiece as WirePiece,
  AttemptRef as WireRef,
  AttemptReport as WireReport,
  AttemptUsage as WireUsage,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import type { PreparedEnvironment as WireEnvironment } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Assignment } from "#core/dispatch/lease-attempts.ts";
import type { AttemptReport } from "#core/dispatch/report-attempts.ts";
import type { AttemptUsage } from "#core/dispatch/take-usage.ts";
import { RefusedError } from "#core/errors.ts";
import type { LogPiece } from "#core/logs/log.ts";
import { gpuResource, processLimit } from "#core/tasks/demand.ts";
import type { Variable } from "#core/tasks/injection.ts";
import type { RunCommand } from "#core/tasks/run-spec.ts";
import type { AttemptEnd, AttemptRef, Demand, PreparedEnvironment } from "#core/tasks/task.ts";
import { toStream } from "#facades/tributary/translate-logs.ts";
import { toOutcome, toPhase } from "#facades/tributary/translate-tasks.ts";
import { toPoints, toTotals } from "#facades/tributary/translate-usage.ts";

/** @throws RefusedError `invalid` when it is missing */
export function toRef(ref: WireRef | undefined): AttemptRef {
  if (!ref || ref.taskId === 0 || ref.number === 0) {
    throw new RefusedError("invalid", "attempt: is missing; say which task and which attempt of it", "attempt");
  }
  return { taskId: ref.taskId, number: ref.number };
}

export function fromRef(ref: AttemptRef): MessageInitShape<typeof AttemptRefSchema> {
  return { taskId: ref.taskId, number: ref.number };
}

/** @param shared - variables that every task of a project gets; its own win */
export function fromAssignment(
  { task, attempt, spec, ahead }: Assignment,
  shared: readonly Variable[] = [],
): MessageInitShape<typeof AssignmentSchema> {
  const { command, environment } = spec;
  return {
    attempt: fromRef(attempt),
    title: task.title,
    command: fromCommand(command),
    variables: [...shared, ...spec.variables].map(({ name, value }) => ({ name, value })),
    secrets: spec.secrets.map(({ key, injectAs }) => ({ key, injectAs })),
    hasInputs: spec.inputs.kind !== "none",
    grace: durationFromMs(spec.grace),
    saveChangedFiles: spec.outputs.saveChangedFiles,
    artifactPaths: [...spec.outputs.paths],
    cpuMillis: BigInt(task.demand.cpu ?? 0),
    memoryBytes: BigInt(task.demand.memory ?? 0),
    processLimit: processLimit(spec.resources) ?? 0,
    gpus: task.demand[gpuResource] ?? 0,
    ...(ahead ? { ahead } : {}),
    ...(spec.timeLimit === undefined ? {} : { timeLimit: durationFromMs(spec.timeLimit) }),
    ...(environment.kind === "image" ? { image: environment.image } : {}),
    ...(environment.kind === "python"
      ? {
          python: {
            version: environment.version,
            lockKind: environment.lock?.kind ?? "",
            requirementsFile: environment.lock?.file ?? "",
          },
        }
      : {}),
  };
}

function fromCommand(command: RunCommand): NonNullable<MessageInitShape<typeof AssignmentSchema>["command"]> {
  switch (command.kind) {
    case "shell":
      return { case: "shell", value: command.script };
    case "argv":
      return { case: "argv", value: { arguments: [...command.argv] } };
    case "serve-model":
      return { case: "serveModel", value: {} };
  }
}

/** What a worker has of everything. */
export function toCapacity({
  cpuMillis,
  memoryBytes,
  offers,
}: Pick<RegisterRequest, "cpuMillis" | "memoryBytes" | "offers">): Demand {
  return {
    ...Object.fromEntries(Object.entries(offers).map(([name, amount]) => [name, Number(amount)])),
    cpu: Number(cpuMillis),
    memory: Number(memoryBytes),
  };
}

/** @throws RefusedError `invalid` for a phase that is none, or an end without outcome */
export function toReport(report: WireReport): AttemptReport {
  const phase = toPhase(report.phase);
  if (!phase) throw new RefusedError("invalid", "reports.phase: is missing", "reports.phase");
  if ((phase === "ended") !== (report.end !== undefined)) {
    throw new RefusedError("invalid", "reports.end: belongs to the phase ENDED and to no other", "reports.end");
  }
  return {
    ref: toRef(report.attempt),
    sequence: report.sequence,
    phase,
    at: report.time ? timestampMs(report.time) : 0,
    ...(report.environment ? { environment: toEnvironment(report.environment) } : {}),
    ...(report.end
      ? { end: toEnd(report.end), notBegun: report.end.notBegun, usagePoints: toPoints(report.end.usagePoints) }
      : {}),
  };
}

function toEnvironment({ kind, pythonVersion, key, reused }: WireEnvironment): PreparedEnvironment {
  return { kind, pythonVersion, key, reused };
}

/** @throws RefusedError `invalid` when the attempt is missing */
export function toUsage({ attempt, totals, points }: WireUsage): AttemptUsage {
  return { ref: toRef(attempt), points: toPoints(points), ...(totals ? { totals: toTotals(totals) } : {}) };
}

function toEnd(end: WireEnd): AttemptEnd {
  const outcome = toOutcome(end.outcome);
  if (!outcome) throw new RefusedError("invalid", "reports.end.outcome: is missing", "reports.end.outcome");
  const { reason } = end;
  return {
    outcome,
    system: end.system,
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end.signal ? { signal: end.signal } : {}),
    ...(end.usage ? { usage: toTotals(end.usage) } : {}),
    ...(reason
      ? { reason: { code: reason.code, message: reason.message, ...(reason.hint ? { hint: reason.hint } : {}) } }
      : {}),
  };
}

export function toPieces(pieces: readonly WirePiece[]): LogPiece[] {
  return pieces.map(({ stream, time, content }) => ({
    stream: toStream(stream) ?? "stdout",
    at: time ? timestampMs(time) : 0,
    bytes: content,
  }));
}

/** @throws RefusedError `invalid` when the stream does not begin with a header */
export function toArtifactHeader(first: StoreArtifactRequest | undefined) {
  if (first?.part.case !== "header") {
    throw new RefusedError("invalid", "part: the first message must be a header", "part");
  }
  const { workerId, attempt, path } = first.part.value;
  return { workerId, ref: toRef(attempt), path };
}
