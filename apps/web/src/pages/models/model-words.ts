import {
  DeploymentState,
  type Model,
  type ModelVersion,
  ModelVersionStatus,
  ReplicaState,
  ValidationState,
} from "@tributary/proto/tributary/v1/models_pb";

import { hasEnded } from "#pages/parts/task-words.ts";
import { modelsStrings } from "#pages/strings/models-strings.ts";
import type { State } from "#ui/state-glyph.tsx";

const words = modelsStrings;

/** How a model stands, in a glyph and a word: what is wrong comes first, then what serves it. */
export function modelState(model: Model): readonly [State, string] {
  const { deployment, latestTraining } = model;
  if (problemOf(model) !== "") return ["problem", words.states.problem];
  if (latestTraining && !hasEnded(latestTraining)) return ["running", words.states.training];
  if (!deployment || deployment.state === DeploymentState.STOPPED) return ["idle", words.states.stopped];
  if (deployment.readyReplicas < deployment.wantedReplicas) return ["waiting", words.states.starting];
  if (deployment.state === DeploymentState.PAUSED) return ["paused", words.states.paused];
  return deployment.wantedReplicas === 0 ? ["idle", words.states.stopped] : ["succeeded", words.states.serving];
}

/** The first thing that is wrong with a model; empty when nothing is. A model that waits for its first version is fine. */
export function problemOf({ problems, trackingProblem, deployment, versionCount }: Model): string {
  return problems[0] ?? (trackingProblem || (versionCount > 0 ? (deployment?.problem ?? "") : ""));
}

const validations: Readonly<Record<ValidationState, readonly [State, string]>> = {
  [ValidationState.UNSPECIFIED]: ["idle", words.validation.none],
  [ValidationState.NONE]: ["idle", words.validation.none],
  [ValidationState.UNNEEDED]: ["succeeded", words.validation.unneeded],
  [ValidationState.RUNNING]: ["running", words.validation.running],
  [ValidationState.VALID]: ["succeeded", words.validation.valid],
  [ValidationState.INVALID]: ["failed", words.validation.invalid],
  [ValidationState.BLOCKED]: ["problem", words.validation.blocked],
};

export function validationState({ status, validation }: ModelVersion): readonly [State, string] {
  if (status === ModelVersionStatus.PENDING) return ["waiting", words.pending];
  return validations[validation];
}

const replicaStates: Readonly<Record<ReplicaState, readonly [State, string]>> = {
  [ReplicaState.UNSPECIFIED]: ["idle", words.replicaStates.ended],
  [ReplicaState.WAITING]: ["waiting", words.replicaStates.waiting],
  [ReplicaState.STARTING]: ["running", words.replicaStates.starting],
  [ReplicaState.READY]: ["succeeded", words.replicaStates.ready],
  [ReplicaState.DRAINING]: ["cancelling", words.replicaStates.draining],
  [ReplicaState.ENDED]: ["idle", words.replicaStates.ended],
};

export function replicaState(state: ReplicaState): readonly [State, string] {
  return replicaStates[state];
}

/** Numbers as short as they stay telling. */
export function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
}
