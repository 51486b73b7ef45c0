import type { Variables } from "../environment-variables.ts";

/** Where an environment is being built. */
export interface BuildPlace {
  readonly venv: string;
  /** The environment's own. */
  readonly python: string;
  /** Folder with the recipe's files: copies, or the working directory itself for an environment of one run. */
  readonly source: string;
  /** The program of that name, where the machine has it. */
  readonly uv: string | undefined;
  /** Folder with the programs of the recipe's tool. */
  readonly toolBin: string | undefined;
  /** Keeps a text beside the environment. Returns where. */
  write(name: string, text: string): string;
}

/** A program that is run for a build, in the folder with the recipe's files. */
export interface BuildStep {
  /** For messages, at the beginning of a sentence. */
  readonly what: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly variables?: Variables;
}

/** A program of the worker's own that installs packages; it lives in an environment of its own. */
export type Tool = "poetry" | "pipenv" | "uv";

/** What is to be in an environment, as the files of a project say it. */
export interface Recipe {
  /** Shown, and part of the key: `pip`, `poetry`, `pipenv`, `mlflow`, or the name of a tool. */
  readonly kind: string;
  /** What decides about the content, besides the interpreter and the tool. */
  readonly decidedBy: readonly (string | Uint8Array)[];
  /** What the build reads, by path from the working directory. */
  readonly files: readonly (readonly [path: string, bytes: Buffer])[];
  /** Set when it is good for one run alone: why, after "as". */
  readonly alone?: string;
  /** The file to be corrected when it does not build. */
  readonly blame: string;
  readonly tool?: Tool;
  /** Told to every run. */
  readonly warning?: string;
  steps(place: BuildPlace): readonly BuildStep[];
}

/** A project's environment: what is in it, which Python it wants, and how its programs are run. */
export interface ProjectEnvironment {
  /** `3`, `3.11`, `3.11.4`, or empty for any Python 3. */
  readonly version: string;
  readonly recipe: Recipe;
  /** For the run, before the task's own. */
  readonly variables: Variables;
  /** Put in front of a command that is given as text. */
  readonly prefix: string;
}
