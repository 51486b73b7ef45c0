import type { DataSetUse } from "#core/data-sets/data-set.ts";
import type { TaskDefinition } from "#core/projects/project.ts";
import type { SecretReference, Variable } from "#core/tasks/injection.ts";

/** Where the files of the working directory come from. */
export type RunInputs =
  | { readonly kind: "none" }
  /** Everything uploaded to a project, as it is when the attempt starts. */
  | { readonly kind: "files"; readonly projectId: string }
  /** The files of a version in the tracking store. */
  | { readonly kind: "model"; readonly model: string; readonly version: number; readonly location: string }
  /** Staged files by id, below their ids; the first may be executed. */
  | { readonly kind: "staged"; readonly files: readonly string[] }
  | { readonly kind: "git"; readonly sourceId: string; readonly repository: string; readonly commit: string };

/** What says which packages are installed. */
export interface RunLock {
  readonly kind: "pip" | "poetry" | "pipenv" | "mlflow";
  /** The file that comes first, for people; only pip's may have another name. */
  readonly file: string;
}

export type RunEnvironment =
  | { readonly kind: "none" }
  /**
   * `lock` says how packages are installed; without it the bare interpreter is first on the PATH. The version is empty
   * where the files of the project say it.
   */
  | { readonly kind: "python"; readonly version: string; readonly lock?: RunLock }
  /** A container of an image, which podman or docker fetch by this name; shell commands are run by its `sh`. */
  | { readonly kind: "image"; readonly image: string };

export type RunCommand =
  | { readonly kind: "shell"; readonly script: string }
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  /** Serves the model whose files are there until it is told to end. */
  | { readonly kind: "serve-model" };

/** What is to be run: one shape for all dialects. */
export interface RunSpec {
  readonly inputs: RunInputs;
  readonly environment: RunEnvironment;
  readonly command: RunCommand;
  readonly variables: readonly Variable[];
  readonly secrets: readonly SecretReference[];
  /** As the user wrote it, Kubernetes notation. */
  readonly resources: Readonly<Record<string, string>>;
  /** Milliseconds from the start of the process. */
  readonly timeLimit?: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
  readonly outputs: { readonly saveChangedFiles: boolean; readonly paths: readonly string[] };
  /** More tries after a failure of the task itself. */
  readonly userRetries: number;
  /** More tries after a failure of the machine or a lost worker. */
  readonly systemRetries: number;
  /** Data sets that it reads; unset means none. */
  readonly dataSets?: readonly DataSetUse[];
  /** What the task was made from, where it was a project's task: as it was submitted, before its template was merged. */
  readonly definition?: TaskDefinition;
}

/** All that a command says, for measuring it. */
export function commandText(command: RunCommand): string {
  switch (command.kind) {
    case "shell":
      return command.script;
    case "argv":
      return command.argv.join(" ");
    case "serve-model":
      return "";
  }
}
