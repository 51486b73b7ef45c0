import type { SecretReference, Variable } from "#core/tasks/injection.ts";
import type { Labels } from "#core/tasks/labels.ts";

export interface Reference {
  readonly name: string;
  /** Another project's name; unset means the own one. */
  readonly project?: string;
}

export type Executor =
  | { readonly kind: "poetry" | "pip" | "custom"; readonly pythonVersion: string; readonly command: string }
  | { readonly kind: "pipEnv"; readonly command: string }
  | { readonly kind: "mlflow" };

/** A task, or a template for tasks, as a project defines it. */
export interface TaskDefinition {
  readonly name?: string;
  readonly taskRef?: Reference;
  readonly fromTemplate?: Reference;
  readonly executor?: Executor;
  /** Kubernetes notation: `cpu`, `memory`, `nvidia.com/gpu`, …. */
  readonly resources: Readonly<Record<string, string>>;
  /** `name` or `project.name`. */
  readonly dataSets: readonly string[];
  readonly artifacts?: { readonly saveChangedFiles: boolean; readonly paths: readonly string[] };
  /** Cron, 5 fields, UTC; an empty object means triggers without a schedule. */
  readonly triggers?: { readonly schedule?: string };
  readonly variables: readonly Variable[];
  readonly secrets: readonly SecretReference[];
  readonly labels?: Labels;
}

export interface DataSetDefinition {
  readonly name: string;
  readonly task?: TaskDefinition;
  readonly path: string;
  readonly size?: string;
}

export interface ModelDefinition {
  readonly name: string;
  readonly validationTask?: TaskDefinition;
  readonly training?: { readonly task?: TaskDefinition };
  readonly deployment?: {
    readonly ingressAnnotations: Readonly<Record<string, string>>;
    readonly replicas?: number;
    readonly image?: string;
    readonly resources: Readonly<Record<string, string>>;
    readonly enableTls?: boolean;
  };
}

/** What a project file says. */
export interface ProjectDefinition {
  readonly name: string;
  readonly models: readonly ModelDefinition[];
  readonly dataSets: readonly DataSetDefinition[];
  readonly tasks: readonly TaskDefinition[];
  readonly templates: readonly TaskDefinition[];
  readonly enableTriggers?: boolean;
  /** Of all its tasks; a task's own of the same key replaces. */
  readonly labels?: Labels;
}

/** A project: what a source contains at a commit, or what somebody uploaded. */
export interface Project {
  readonly id: string;
  readonly definition: ProjectDefinition;
  readonly triggers: boolean;
  /** Set for the project of a source; its id is the source's. */
  readonly sourceId?: string;
  readonly commit?: string;
  /** The text of the project file, where it is known. */
  readonly fileText?: string;
  /** `ame.yaml` or `ame.yml`. */
  readonly fileName?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A file of an uploaded project; its bytes are the object of that hash. A path that ends in `/` is a directory, without. */
export interface ProjectFile {
  readonly projectId: string;
  /** Relative, `/` between parts, neither `.` nor `..` among them. */
  readonly path: string;
  readonly size: number;
  readonly hash: string;
}

/** Something wrong in a project file. Lines and columns count from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  /** Behind the last character of what it is about. */
  readonly endLine: number;
  readonly endColumn: number;
  /** What to write in its place, from the beginning to the end; unset where only a person can tell. */
  readonly fix?: string;
  readonly message: string;
  /** Does not keep the file from being used. */
  readonly warning: boolean;
}
