import { readdirSync } from "node:fs";
import { join, normalize } from "node:path";
import { parse } from "yaml";
import { StepFailure } from "../../step-failure.ts";
import { listOf, member, parseProjectFile, readOptionalFile, readProjectFile } from "../project-file.ts";
import type { BuildPlace, BuildStep, ProjectEnvironment } from "../recipe.ts";
import { includingFrom, readIncluded } from "../requirements.ts";
import { pipInstall } from "./pip.ts";

/** What an MLflow project says about its environment. */
interface Wanted {
  readonly file: string;
  readonly version: string;
  /** Installed first. */
  readonly build: readonly string[];
  readonly dependencies: readonly string[];
}

/** Runs the project where it does not bring an MLflow of its own: the last one for each Python. */
const MLFLOW = [
  'mlflow-skinny==3.17.2; python_version >= "3.10"',
  'mlflow-skinny==3.1.4; python_version == "3.9"',
  'mlflow-skinny==2.17.2; python_version == "3.8"',
  'mlflow-skinny==1.30.1; python_version < "3.8"',
];

/**
 * An MLflow project: the packages of its python_env.yaml, or of the pip part of its conda.yaml, and an MLflow that runs it.
 *
 * @throws StepFailure `requirements-missing`; `environment-unsupported` for packages of conda and for containers
 */
export function mlflowEnvironment(folder: string): ProjectEnvironment {
  const wanted = readWanted(folder);
  const { dependencies, build, file } = wanted;
  const { contents, local } = readIncluded(folder, dependencies);
  const lines = [...dependencies, ...contents.flatMap(([, bytes]) => bytes.toString("utf8").split("\n"))];
  const added = lines.some((line) => /^\s*mlflow(-skinny)?\s*([[<>=!~;#@\s]|$)/i.test(line)) ? [] : MLFLOW;
  const all = [...dependencies, ...added];
  return {
    version: wanted.version,
    recipe: {
      kind: "mlflow",
      decidedBy: [JSON.stringify([build, all]), ...contents.flat()],
      files: contents,
      blame: file,
      ...(local ? { alone: `${file} names files of the project` } : {}),
      steps: (place) => [
        ...(build.length > 0 ? [install(place, "build.txt", build)] : []),
        install(place, "packages.txt", all),
      ],
    },
    variables: {
      // Without a server, runs are noted among the task's own files, which needs no database.
      MLFLOW_TRACKING_URI: `file://${join(folder, "mlruns")}`,
      MLFLOW_ALLOW_FILE_STORE: "true",
      MLFLOW_DISABLE_TELEMETRY: "true",
    },
    prefix: "",
  };
}

function install(place: BuildPlace, name: string, lines: readonly string[]): BuildStep {
  const text = lines.map((line) => `${includingFrom(place.source, line)}\n`).join("");
  return pipInstall(place, ["-r", place.write(name, text)]);
}

/** Where MLflow itself looks, in its order: what MLproject names, else a python_env.yaml, else a conda.yaml. */
function readWanted(folder: string): Wanted {
  const name = readdirSync(folder).find((entry) => entry.toLowerCase() === "mlproject") ?? "MLproject";
  const bytes = readProjectFile(folder, name, "Add it to the project: it says what is run.");
  const project = parseProjectFile(name, bytes, (text) => parse(text));
  if (member(project, "docker_env") !== undefined) {
    throw unsupported(`${name} asks for a container (docker_env), which is not run here.`);
  }
  const named = (key: string) => {
    const path = member(project, key);
    return path === undefined ? undefined : normalize(String(path));
  };
  const [python, conda] = [named("python_env"), named("conda_env")];
  if (python !== undefined) return pythonEnv(folder, python);
  if (conda !== undefined) return condaEnv(folder, conda);
  if (readOptionalFile(folder, "python_env.yaml")) return pythonEnv(folder, "python_env.yaml");
  if (readOptionalFile(folder, "conda.yaml")) return condaEnv(folder, "conda.yaml");
  return { file: name, version: "", build: [], dependencies: [] };
}

function readYaml(folder: string, file: string): unknown {
  const bytes = readProjectFile(folder, file, "Add it to the project, or let MLproject name the file that is there.");
  // As text, since the version 3.10 is not the number 3.1.
  return parseProjectFile(file, bytes, (text) => parse(text, { schema: "failsafe" }));
}

function pythonEnv(folder: string, file: string): Wanted {
  const environment = readYaml(folder, file);
  return {
    file,
    version: String(member(environment, "python") ?? ""),
    build: listOf(member(environment, "build_dependencies")).map(String),
    dependencies: listOf(member(environment, "dependencies")).map(String),
  };
}

/** Only what pip can install: Python itself, pip, setuptools and wheel, and the packages of the pip part. */
function condaEnv(folder: string, file: string): Wanted {
  const [build, dependencies, others]: [string[], string[], string[]] = [[], [], []];
  let version = "";
  for (const entry of listOf(member(readYaml(folder, file), "dependencies"))) {
    const pip = member(entry, "pip");
    if (pip !== undefined) dependencies.push(...listOf(pip).map(String));
    const [, name, operator = "", number = ""] =
      /^(python|pip|setuptools|wheel)\s*(==?|<=|>=|<|>)?\s*([\d.]*)(?:\.\*)?$/.exec(String(entry)) ?? [];
    if (name === "python") version = number;
    else if (name) build.push(`${name}${operator === "=" ? "==" : operator}${number}`);
    else if (pip === undefined) others.push(String(entry));
  }
  if (others.length === 0) return { file, version, build, dependencies };
  throw unsupported(`${file} takes packages from conda (${others.join(", ")}), which is not used here.`);
}

function unsupported(message: string): StepFailure {
  return new StepFailure("environment-unsupported", message, {
    hint: "Name the packages in python_env.yaml (python, dependencies), and that file in MLproject.",
  });
}
