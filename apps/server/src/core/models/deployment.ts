import type { Model, ModelVersion } from "#core/models/model.ts";

/** What is to be served of a model. */
export interface Deployment {
  readonly state: "following" | "paused" | "stopped";
  /** How many processes; 0 when it is stopped or there is nothing to serve. */
  readonly replicas: number;
  /** The version that they are to serve. */
  readonly version?: number;
  /** Chosen by a person, whatever else comes. */
  readonly chosen: boolean;
  /** Why there is nothing to serve, or not what was asked for. */
  readonly problem?: string;
}

/** What a model's project and a person's choice come to. */
export function deploymentOf(model: Model, versions: readonly ModelVersion[]): Deployment {
  const { choice, definition, latestValidatedVersion } = model;
  const state = choice?.state ?? (definition.deployment ? "following" : "stopped");
  const chosen = choice?.version !== undefined;
  if (state === "stopped") return { state, replicas: 0, chosen: false };
  const version = choice?.version ?? latestValidatedVersion;
  const problem = model.problems.deployment ?? problemOf(versions, version);
  const base = { state, chosen, ...(version === undefined ? {} : { version }) };
  if (problem !== undefined) return { ...base, replicas: 0, problem };
  return { ...base, replicas: Math.max(0, definition.deployment?.replicas ?? 1) };
}

function problemOf(versions: readonly ModelVersion[], version: number | undefined): string | undefined {
  if (version === undefined) {
    return versions.length === 0
      ? "There is no version yet: train the model"
      : "No version has passed its validation yet";
  }
  const found = versions.find((each) => each.version === version);
  if (!found) return `Version ${version} is not in the tracking store (any more)`;
  if (found.servingProblem !== undefined) return `Version ${version} cannot be served: ${found.servingProblem}`;
  return found.serving ? undefined : `It is not known yet what serving version ${version} takes`;
}

/** What of a deployment only a cluster can do, each with what stands for it here. */
export function notApplied({ definition }: Model): readonly { readonly setting: string; readonly why: string }[] {
  const { deployment } = definition;
  if (!deployment) return [];
  const why: Record<string, string> = {};
  if (deployment.image !== undefined) {
    why.image = "Replicas are processes, not containers: what they need comes from the model's own requirements";
  }
  if (Object.keys(deployment.ingressAnnotations).length > 0) {
    why.ingressAnnotations = "There is no ingress controller: this server passes requests on to the replicas itself";
  }
  if (deployment.enableTls === true) {
    why.enableTls = "Models are reached where the server is, with TLS wherever the server has it";
  }
  return Object.entries(why).map(([setting, reason]) => ({ setting, why: reason }));
}
