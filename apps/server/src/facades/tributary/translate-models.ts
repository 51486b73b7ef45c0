import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type DeploymentSchema,
  type GetModelResponseSchema,
  type ModelSchema,
  type ModelVersionSchema,
  ModelVersionStatus,
  type ReplicaSchema,
  ReplicaState,
  ValidationState,
  DeploymentState as WireDeploymentState,
} from "@tributary/proto/tributary/v1/models_pb";
import { deploymentOf, notApplied } from "#core/models/deployment.ts";
import type { ValidationState as CoreValidationState, DeploymentState, ModelVersion } from "#core/models/model.ts";
import { isLive, isServing, type LiveReplica } from "#core/models/plan-replicas.ts";
import type { KeptModel } from "#core/ports/view.ts";
import type { Task } from "#core/tasks/task.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";
import { modelPath } from "#facades/tributary/model-routes.ts";
import { fromTask } from "#facades/tributary/translate-tasks.ts";

type Loads = readonly WorkerLoad[];

const validationStates: Readonly<Record<CoreValidationState, ValidationState>> = {
  none: ValidationState.NONE,
  unneeded: ValidationState.UNNEEDED,
  running: ValidationState.RUNNING,
  valid: ValidationState.VALID,
  invalid: ValidationState.INVALID,
  blocked: ValidationState.BLOCKED,
};

const versionStatuses: Readonly<Record<ModelVersion["status"], ModelVersionStatus>> = {
  ready: ModelVersionStatus.READY,
  pending: ModelVersionStatus.PENDING,
  failed: ModelVersionStatus.FAILED,
};

const deploymentStates: Readonly<Record<DeploymentState, WireDeploymentState>> = {
  following: WireDeploymentState.FOLLOWING,
  paused: WireDeploymentState.PAUSED,
  stopped: WireDeploymentState.STOPPED,
};

export function fromModel(kept: KeptModel, loads: Loads): MessageInitShape<typeof ModelSchema> {
  const { model, versions, runs } = kept;
  const { definition, checked, problems } = model;
  const training = runs.find(({ run }) => run.kind === "training");
  return {
    id: model.id,
    projectId: model.projectId,
    projectName: model.projectName,
    name: definition.name,
    hasTraining: definition.training?.task !== undefined,
    hasValidation: definition.validationTask !== undefined,
    problems: Object.values(problems).filter((problem) => problem !== undefined),
    versionCount: versions.length,
    latestVersion: versions[0]?.version ?? 0,
    latestValidatedVersion: model.latestValidatedVersion ?? 0,
    deployment: fromDeployment(kept),
    trackingProblem: checked?.problem ?? "",
    ...(checked ? { checkTime: timestampFromMs(checked.at) } : {}),
    ...(training ? { latestTraining: fromTask(training.task, loads) } : {}),
  };
}

function fromDeployment({ model, versions, replicas }: KeptModel): MessageInitShape<typeof DeploymentSchema> {
  const wanted = deploymentOf(model, versions);
  const { choice, definition } = model;
  return {
    state: deploymentStates[wanted.state],
    version: wanted.version ?? 0,
    versionIsChosen: wanted.chosen,
    wantedReplicas: wanted.replicas,
    readyReplicas: replicas.filter(isUsable).length,
    problem: wanted.problem ?? "",
    decidedBy: choice?.by ?? "",
    resources: definition.deployment?.resources ?? {},
    unapplied: [...notApplied(model)],
    path: modelPath(model.projectName, definition.name),
    ...(choice ? { decideTime: timestampFromMs(choice.at) } : {}),
  };
}

function isUsable(live: LiveReplica): boolean {
  return isServing(live) && live.replica.drainingAt === undefined;
}

export function fromModelDetail(
  kept: KeptModel,
  loads: Loads,
): Pick<
  MessageInitShape<typeof GetModelResponseSchema>,
  "model" | "versions" | "trainings" | "validations" | "replicas"
> {
  const { versions, runs, replicas } = kept;
  const tasksOf = (kind: "training" | "validation") =>
    runs.filter(({ run }) => run.kind === kind).map(({ task }) => fromTask(task, loads));
  const trainings = runs.filter(({ run }) => run.kind === "training").map(({ task }) => task);
  return {
    model: fromModel(kept, loads),
    versions: versions.map((version) => fromVersion(version, trainings, replicas)),
    trainings: tasksOf("training"),
    validations: tasksOf("validation"),
    replicas: replicas.map((live) => fromReplica(live, loads)).reverse(),
  };
}

function fromVersion(
  version: ModelVersion,
  trainings: readonly Task[],
  replicas: readonly LiveReplica[],
): MessageInitShape<typeof ModelVersionSchema> {
  const { validation } = version;
  return {
    version: version.version,
    createTime: timestampFromMs(version.createdAt),
    status: versionStatuses[version.status],
    runId: version.runId,
    runName: version.runName,
    metrics: version.metrics,
    parameters: version.parameters,
    validation: validationStates[validation.state],
    validationTaskId: validation.taskId ?? 0,
    validationProblem: validation.problem ?? "",
    servingProblem: version.servingProblem ?? "",
    trainingTaskId: trainingOf(version, trainings)?.id ?? 0,
    readyReplicas: replicas.filter((live) => isUsable(live) && live.replica.version === version.version).length,
  };
}

/** Nothing in the tracking store says which task wrote a version, but only one model's training runs at a time, mostly. */
function trainingOf({ createdAt }: ModelVersion, trainings: readonly Task[]): Task | undefined {
  return trainings.find(
    ({ startedAt, endedAt }) =>
      startedAt !== undefined && startedAt <= createdAt && createdAt <= (endedAt ?? createdAt),
  );
}

function fromReplica(live: LiveReplica, loads: Loads): MessageInitShape<typeof ReplicaSchema> {
  const { replica, task } = live;
  return {
    task: fromTask(task, loads),
    version: replica.version,
    state: replicaState(live),
    starts: task.attempt,
    problem: replica.problem ?? (isServing(live) ? "" : (task.reason?.message ?? "")),
    ...(isServing(live) && replica.ready ? { readyTime: timestampFromMs(replica.ready.at) } : {}),
  };
}

function replicaState(live: LiveReplica): ReplicaState {
  const { replica, task } = live;
  if (!isLive(live)) return task.state === "cancelling" ? ReplicaState.DRAINING : ReplicaState.ENDED;
  if (replica.drainingAt !== undefined) return ReplicaState.DRAINING;
  if (isServing(live)) return ReplicaState.READY;
  return task.state === "active" ? ReplicaState.STARTING : ReplicaState.WAITING;
}
