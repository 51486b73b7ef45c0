import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { Variables } from "../../environment-variables.ts";
import { isTable, listOf, member, parseProjectFile, readOptionalFile, readProjectFile } from "../project-file.ts";
import type { BuildPlace, BuildStep, ProjectEnvironment } from "../recipe.ts";

const PROJECT = "pyproject.toml";
const LOCK = "poetry.lock";

/** What of the project file decides about the packages; these are what Poetry's own hash in the lock file covers, and more. */
const DECIDING: Readonly<Record<string, readonly string[]>> = {
  project: ["requires-python", "dependencies", "optional-dependencies", "dynamic"],
  poetry: ["dependencies", "dev-dependencies", "group", "source", "extras", "requires-poetry", "requires-plugins"],
};

/**
 * A Poetry project. Its packages are shared by all runs with the same lock file; the project itself is found through
 * PYTHONPATH, as an editable installation would have it, unless something of it must be installed for this run.
 *
 * @throws StepFailure `requirements-missing`
 */
export function poetryEnvironment(folder: string, version: string): ProjectEnvironment {
  const bytes = readProjectFile(folder, PROJECT, `Add ${PROJECT} to the project, best made by "poetry init".`);
  const project = parseProjectFile(PROJECT, bytes, parse);
  const [lock, settings] = [readOptionalFile(folder, LOCK), readOptionalFile(folder, "poetry.toml")];
  const files: [string, Buffer][] = [[PROJECT, bytes]];
  if (lock) files.push([LOCK, lock]);
  if (settings) files.push(["poetry.toml", settings]);
  const alone = whyAlone(project, lock);
  const decidedBy = [deciding(project), lock ?? "", settings ?? ""];
  const warning = `There is no ${LOCK}: the packages are chosen now. Run "poetry lock" and add the file, so that all runs have the same.`;
  return {
    version,
    recipe: {
      kind: "poetry",
      decidedBy,
      files,
      blame: lock ? `${PROJECT} and ${LOCK}` : PROJECT,
      tool: "poetry",
      ...(alone ? { alone } : {}),
      ...(lock ? {} : { warning }),
      steps: (place) => [poetryInstall(place, alone ? [] : ["--no-root"])],
    },
    variables: alone ? {} : rootVariables(folder, project),
    prefix: "",
  };
}

/** Poetry's own settings, so that it works in the environment that is being made and asks nothing. */
function poetryInstall({ venv, toolBin }: BuildPlace, more: readonly string[]): BuildStep {
  return {
    what: "Installing the packages",
    program: join(toolBin ?? "", "poetry"),
    args: ["install", "--no-interaction", "--no-ansi", ...more],
    variables: {
      VIRTUAL_ENV: venv,
      POETRY_VIRTUALENVS_CREATE: "false",
      // A desktop's key ring may wait for somebody who unlocks it.
      POETRY_KEYRING_ENABLED: "false",
    },
  };
}

function poetryOf(project: unknown): unknown {
  return member(member(project, "tool"), "poetry");
}

function deciding(project: unknown): string {
  const part = (table: unknown, names: readonly string[] = []) => names.map((name) => member(table, name) ?? null);
  return JSON.stringify([
    part(member(project, "project"), DECIDING.project),
    part(poetryOf(project), DECIDING.poetry),
    member(project, "dependency-groups") ?? null,
  ]);
}

/** Why what is built is good for one run alone: programs and plugins of the project itself, and packages in its folder. */
function whyAlone(project: unknown, lock: Buffer | undefined): string | undefined {
  if (lock && /^\[package\.source\]\r?\ntype = "(directory|file)"/m.test(lock.toString("utf8"))) {
    return `${LOCK} names files of the project`;
  }
  if (!lock && /"path":|@\s*file:/.test(deciding(project))) {
    return `${PROJECT} names files of the project`;
  }
  const metadata = member(project, "project");
  const tables = [
    ["scripts", "gui-scripts", "entry-points"].map((name) => member(metadata, name)),
    ["scripts", "plugins", "build"].map((name) => member(poetryOf(project), name)),
  ].flat();
  const has = tables.some((table) => (isTable(table) ? Object.keys(table).length > 0 : table !== undefined));
  return has && isPackage(project) ? `${PROJECT} has scripts of the project` : undefined;
}

function isPackage(project: unknown): boolean {
  return member(poetryOf(project), "package-mode") !== false;
}

/** The folders that Poetry's own installation of the project would add to where Python looks for modules. */
function rootVariables(folder: string, project: unknown): Variables {
  if (!isPackage(project)) return {};
  const named = listOf(member(poetryOf(project), "packages")).map((entry) => String(member(entry, "from") ?? "."));
  const roots = named.length > 0 ? [...new Set(named)] : [existsSync(join(folder, "src")) ? "src" : "."];
  return { PYTHONPATH: roots.map((root) => join(folder, root)).join(":") };
}
