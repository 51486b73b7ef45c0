import { RefusedError } from "#core/errors.ts";
import type { Executor, Project, TaskDefinition } from "#core/projects/project.ts";
import type { RunCommand, RunEnvironment, RunInputs, RunLock, RunSpec } from "#core/tasks/run-spec.ts";

const grace = 10_000;

/** What a person may change when running a project's task. */
export interface RunOverrides {
  readonly variables?: RunSpec["variables"];
  readonly resources?: RunSpec["resources"];
  /** Milliseconds. */
  readonly timeLimit?: number;
  readonly userRetries?: number;
}

/**
 * What running a task of a project means.
 *
 * @param task - with its template merged
 * @param inputs - where its files come from
 * @throws RefusedError `invalid` for a task that cannot be run: no executor, no Python version, an empty command
 */
export function toRunSpec(
  task: TaskDefinition,
  inputs: RunInputs,
  overrides: RunOverrides = {},
  definition: TaskDefinition = task,
): RunSpec {
  const { command, environment } = toCommand(task);
  const overridden = new Set(overrides.variables?.map(({ name }) => name));
  return {
    inputs,
    environment,
    command,
    variables: [...task.variables.filter(({ name }) => !overridden.has(name)), ...(overrides.variables ?? [])],
    secrets: task.secrets,
    resources: { ...task.resources, ...overrides.resources },
    grace,
    outputs: { saveChangedFiles: task.artifacts?.saveChangedFiles ?? false, paths: task.artifacts?.paths ?? [] },
    userRetries: overrides.userRetries ?? 0,
    systemRetries: 3,
    definition,
    ...(overrides.timeLimit ? { timeLimit: overrides.timeLimit } : {}),
  };
}

function toCommand(task: TaskDefinition): { command: RunCommand; environment: RunEnvironment } {
  const { executor } = task;
  const name = task.name ?? "";
  if (!executor) {
    const hint = task.taskRef ? "; a taskRef is only followed in models" : "";
    throw new RefusedError(
      "invalid",
      `executor: task ${name} has none, nor has its template${hint}; give it one`,
      "executor",
    );
  }
  switch (executor.kind) {
    case "custom":
      return { command: shell(executor), environment: { kind: "python", version: version(executor) } };
    case "pip":
    case "poetry":
      return {
        command: shell(executor),
        environment: { kind: "python", version: version(executor), lock: locks[executor.kind] },
      };
    case "pipEnv":
      return { command: shell(executor), environment: { kind: "python", version: "", lock: locks.pipEnv } };
    case "mlflow":
      return {
        command: { kind: "shell", script: "mlflow run . --env-manager=local" },
        environment: { kind: "python", version: "", lock: locks.mlflow },
      };
  }
}

const locks: Readonly<Record<Exclude<Executor["kind"], "custom">, RunLock>> = {
  pip: { kind: "pip", file: "requirements.txt" },
  poetry: { kind: "poetry", file: "poetry.lock" },
  pipEnv: { kind: "pipenv", file: "Pipfile.lock" },
  mlflow: { kind: "mlflow", file: "MLproject" },
};

function shell(executor: Extract<Executor, { command: string }>): RunCommand {
  if (executor.command.trim() === "") {
    throw new RefusedError("invalid", "executor.command: is empty; say what is to be run", "executor.command");
  }
  return { kind: "shell", script: executor.command };
}

function version(executor: Extract<Executor, { pythonVersion: string }>): string {
  const text = executor.pythonVersion.trim();
  if (!/^\d+(\.\d+){0,2}$/.test(text)) {
    throw new RefusedError(
      "invalid",
      `executor.pythonVersion: "${text.slice(0, 40)}" is not a Python version; write for example 3, 3.11 or 3.11.4`,
      "executor.pythonVersion",
    );
  }
  return text;
}

/** Where a project's files come from. */
export function inputsOf(project: Project, repository: string): RunInputs {
  return project.sourceId !== undefined && project.commit !== undefined
    ? { kind: "git", sourceId: project.sourceId, repository, commit: project.commit }
    : { kind: "files", projectId: project.id };
}
