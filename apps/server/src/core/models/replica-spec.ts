import type { Model, ModelVersion, ServingNeeds } from "#core/models/model.ts";
import { replicaResource } from "#core/tasks/replica-demand.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";

/** Tries of one task; then a new task begins after a pause. */
const tries = 5;

/** What runs as a replica of a version. */
export function replicaSpec({ definition }: Model, { version, location }: ModelVersion, needs: ServingNeeds): RunSpec {
  return {
    inputs: { kind: "model", model: definition.name, version, location },
    environment: {
      kind: "python",
      version: needs.pythonVersion,
      ...(needs.hasRequirements ? { lock: { kind: "pip" as const, file: "requirements.txt" } } : {}),
    },
    command: { kind: "serve-model" },
    variables: [
      { name: "TRIBUTARY_MODEL", value: definition.name },
      { name: "TRIBUTARY_MODEL_VERSION", value: String(version) },
    ],
    secrets: [],
    resources: { ...definition.deployment?.resources, [replicaResource]: "1" },
    // Requests under way may end.
    grace: 30_000,
    outputs: { saveChangedFiles: false, paths: [] },
    userRetries: tries,
    systemRetries: 1_000,
  };
}
