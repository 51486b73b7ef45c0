import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DataSetCfg, Model, ProjectCfg, TaskCfg, TaskCfgSchema } from "@tributary/proto/ame/v1/ame_pb";
import { RefusedError } from "#core/errors.ts";
import type {
  DataSetDefinition,
  Executor,
  ModelDefinition,
  ProjectDefinition,
  TaskDefinition,
} from "#core/projects/project.ts";

/** @throws RefusedError `invalid` when the message is missing */
export function toProjectDefinition(cfg: ProjectCfg | undefined): ProjectDefinition {
  if (!cfg) throw new RefusedError("invalid", "cfg: is missing; send the project's configuration", "cfg");
  return {
    name: cfg.name,
    tasks: cfg.tasks.map(toTaskDefinition),
    templates: cfg.templates.map(toTaskDefinition),
    dataSets: cfg.dataSets.map(toDataSet),
    models: cfg.models.map(toModel),
    ...(cfg.enableTriggers === undefined ? {} : { enableTriggers: cfg.enableTriggers }),
  };
}

export function toTaskDefinition(cfg: TaskCfg): TaskDefinition {
  const executor = toExecutor(cfg);
  const { taskRef, fromTemplate, artifactCfg, triggers } = cfg;
  return {
    resources: cfg.resources,
    dataSets: cfg.dataSets,
    variables: cfg.env.map(({ key, val }) => ({ name: key, value: val })),
    // A secret without a variant comes from a file that spells it as a tag; there is nothing in it to inject.
    secrets: cfg.secrets.flatMap(({ variant }) =>
      variant.case === "ame" ? [{ key: variant.value.key, injectAs: variant.value.injectAs }] : [],
    ),
    ...(cfg.name === undefined ? {} : { name: cfg.name }),
    ...(taskRef ? { taskRef: toReference(taskRef) } : {}),
    ...(fromTemplate ? { fromTemplate: toReference(fromTemplate) } : {}),
    ...(executor ? { executor } : {}),
    ...(artifactCfg ? { artifacts: { saveChangedFiles: artifactCfg.saveChangedFiles, paths: artifactCfg.paths } } : {}),
    ...(triggers ? { triggers: triggers.schedule === undefined ? {} : { schedule: triggers.schedule } } : {}),
  };
}

function toReference({ name, project }: { readonly name: string; readonly project?: string | undefined }) {
  return project === undefined ? { name } : { name, project };
}

function toExecutor({ executor }: TaskCfg): Executor | undefined {
  switch (executor.case) {
    case "poetry":
    case "pip":
    case "custom":
      return { kind: executor.case, pythonVersion: executor.value.pythonVersion, command: executor.value.command };
    case "pipEnv":
      return { kind: "pipEnv", command: executor.value.command };
    case "mlflow":
      return { kind: "mlflow" };
    default:
      return undefined;
  }
}

function toDataSet(cfg: DataSetCfg): DataSetDefinition {
  return {
    name: cfg.name,
    path: cfg.path,
    ...(cfg.task ? { task: toTaskDefinition(cfg.task) } : {}),
    ...(cfg.size === undefined ? {} : { size: cfg.size }),
  };
}

function toModel(cfg: Model): ModelDefinition {
  const { deployment, training, validationTask } = cfg;
  return {
    name: cfg.name,
    ...(validationTask ? { validationTask: toTaskDefinition(validationTask) } : {}),
    ...(training ? { training: training.task ? { task: toTaskDefinition(training.task) } : {} } : {}),
    ...(deployment
      ? {
          deployment: {
            ingressAnnotations: deployment.ingressAnnotations,
            resources: deployment.resources,
            ...(deployment.replicas === undefined ? {} : { replicas: deployment.replicas }),
            ...(deployment.image === undefined ? {} : { image: deployment.image }),
            ...(deployment.enableTls === undefined ? {} : { enableTls: deployment.enableTls }),
          },
        }
      : {}),
  };
}

/** As it was submitted, before any template was merged. */
export function fromTaskDefinition(task: TaskDefinition): MessageInitShape<typeof TaskCfgSchema> {
  const { artifacts, triggers } = task;
  return {
    resources: task.resources,
    dataSets: [...task.dataSets],
    env: task.variables.map(({ name, value }) => ({ key: name, val: value })),
    secrets: task.secrets.map(({ key, injectAs }) => ({ variant: { case: "ame" as const, value: { key, injectAs } } })),
    executor: fromExecutor(task.executor),
    ...(task.name === undefined ? {} : { name: task.name }),
    ...(task.taskRef ? { taskRef: task.taskRef } : {}),
    ...(task.fromTemplate ? { fromTemplate: task.fromTemplate } : {}),
    ...(artifacts
      ? { artifactCfg: { saveChangedFiles: artifacts.saveChangedFiles, paths: [...artifacts.paths] } }
      : {}),
    ...(triggers ? { triggers: triggers.schedule === undefined ? {} : { schedule: triggers.schedule } } : {}),
  };
}

function fromExecutor(executor: Executor | undefined): NonNullable<MessageInitShape<typeof TaskCfgSchema>["executor"]> {
  if (!executor) return { case: undefined };
  switch (executor.kind) {
    case "mlflow":
      return { case: "mlflow", value: {} };
    case "pipEnv":
      return { case: "pipEnv", value: { command: executor.command } };
    default:
      return { case: executor.kind, value: { pythonVersion: executor.pythonVersion, command: executor.command } };
  }
}
