import type { ModelDefinition } from "#core/projects/project.ts";
import type { TaskId } from "#core/tasks/task.ts";

/**
 * A model of a project. Its versions are those of the registered model of the same name in the tracking store.
 *
 * Later uploads of the same project go on with it, as do later commits of its source.
 */
export interface Model {
  /** Name of the project and name of the model, with a slash between. */
  readonly id: string;
  /** The project whose files train and validate it. */
  readonly projectId: string;
  readonly projectName: string;
  readonly definition: ModelDefinition;
  /** How often its training was started. */
  readonly trainings: number;
  /** Why its training, its validation, or what serves it cannot be started, as far as its project tells. */
  readonly problems: { readonly training?: string; readonly validation?: string; readonly deployment?: string };
  /** When the tracking store was last asked, and why it did not answer. */
  readonly checked?: { readonly at: number; readonly problem?: string };
  /** The newest version that passed its validation, or needed none. */
  readonly latestValidatedVersion?: number;
  /** What a person decided; unset: served if its project says so. */
  readonly choice?: DeploymentChoice;
  readonly createdAt: number;
}

/** `following`: the newest validated version is served, or the one that was chosen. `paused`: what is served stays. */
export type DeploymentState = "following" | "paused" | "stopped";

export interface DeploymentChoice {
  readonly state: DeploymentState;
  /** Serve this version whatever else comes. */
  readonly version?: number;
  readonly by: string;
  readonly at: number;
}

/** One version in the tracking store, and what its validation came to. */
export interface ModelVersion extends TrackedVersion {
  readonly modelId: string;
  readonly validation: Validation;
  /** What serving it takes; unset until it was found out. */
  readonly serving?: ServingNeeds;
  /** Why it cannot be served. */
  readonly servingProblem?: string;
}

/** A version as the tracking store tells it. */
export interface TrackedVersion {
  /** From 1. */
  readonly version: number;
  readonly createdAt: number;
  /** `pending` until all its files are there. */
  readonly status: "ready" | "pending" | "failed";
  /** Where its files are, in the tracking store's own words. */
  readonly location: string;
  /** The run that made it; empty when that is not known. */
  readonly runId: string;
  readonly runName: string;
  /** The latest value of each. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What the files of a version ask for. */
export interface ServingNeeds {
  /** `3.11`. */
  readonly pythonVersion: string;
  /** It has a requirements file. */
  readonly hasRequirements: boolean;
}

export type ValidationState = "none" | "unneeded" | "running" | "valid" | "invalid" | "blocked";

export interface Validation {
  /** `blocked`: its task cannot be started. */
  readonly state: ValidationState;
  /** Of the latest try. */
  readonly taskId?: TaskId;
  readonly tries: number;
  /** Why it is invalid or blocked. */
  readonly problem?: string;
  /** It had passed before it was validated again: that holds until the new outcome is there. */
  readonly passedBefore?: true;
}

/** A task that trains a model or validates a version of it. */
export interface ModelRun {
  readonly taskId: TaskId;
  readonly modelId: string;
  readonly kind: "training" | "validation";
  /** The version that is validated. */
  readonly version?: number;
  readonly at: number;
}

/** A process that serves a version; it is a task, whose attempts are its starts. */
export interface Replica {
  readonly taskId: TaskId;
  readonly modelId: string;
  readonly version: number;
  readonly createdAt: number;
  /** The attempt that answered well; an earlier one than the task's says nothing. */
  readonly ready?: { readonly attempt: number; readonly at: number };
  /** Nothing new is sent to it, and it is ended when what it does is done. */
  readonly drainingAt?: number;
  /** Why it was given up. */
  readonly problem?: string;
  /** It was told to end. */
  readonly endedAt?: number;
}

export function modelId(projectName: string, name: string): string {
  return `${projectName}/${name}`;
}

/** Whether a version may be served. */
export function isValidated({ validation }: Pick<ModelVersion, "validation">): boolean {
  const { state, passedBefore } = validation;
  return state === "valid" || state === "unneeded" || (state === "running" && passedBefore === true);
}
