import type { PythonEnvironment } from "@tributary/proto/tributary/v1/dispatch_pb";
import { StepFailure } from "../step-failure.ts";
import type { ProjectEnvironment } from "./recipe.ts";
import { mlflowEnvironment } from "./recipes/mlflow.ts";
import { pipEnvironment } from "./recipes/pip.ts";
import { pipenvEnvironment } from "./recipes/pipenv.ts";
import { poetryEnvironment } from "./recipes/poetry.ts";

/**
 * Reads from the files of a project what is to be in its environment.
 *
 * @param command - of the task, where that is text
 * @throws StepFailure `requirements-missing`, `environment-unsupported`, `environment-unknown`
 */
export function readProject(python: PythonEnvironment, folder: string, command: string): ProjectEnvironment {
  const { lockKind, version, requirementsFile } = python;
  switch (lockKind) {
    case "pip":
      return pipEnvironment(folder, version, requirementsFile);
    case "poetry":
      return poetryEnvironment(folder, version);
    case "pipenv":
      return pipenvEnvironment(folder, command);
    case "mlflow":
      return mlflowEnvironment(folder);
    default: {
      const message = `This worker cannot build environments of the kind "${lockKind}".`;
      throw new StepFailure("environment-unknown", message, { hint: "Start a worker of the server's version." });
    }
  }
}
