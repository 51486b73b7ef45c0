import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { Variables } from "../../environment-variables.ts";
import { isTable, member, parseProjectFile, readProjectFile } from "../project-file.ts";
import type { ProjectEnvironment } from "../recipe.ts";

const LOCK = "Pipfile.lock";

/** So that it asks nothing, decorates nothing, and does not explain that it runs in an environment. */
const QUIET: Variables = { PIPENV_YES: "1", PIPENV_NOSPIN: "1", PIPENV_VERBOSITY: "-1" };

/**
 * The packages of a Pipfile.lock, without those for development.
 *
 * @param command - of the task, which may be a script of the Pipfile
 * @throws StepFailure `requirements-missing`
 */
export function pipenvEnvironment(folder: string, command: string): ProjectEnvironment {
  const pipfile = readProjectFile(folder, "Pipfile", 'Add it to the project, best made by "pipenv install".');
  const bytes = readProjectFile(folder, LOCK, 'Run "pipenv lock" in the project, and add the file.');
  const lock = parseProjectFile(LOCK, bytes, JSON.parse);
  const local = namesFiles(member(lock, "default"));
  const scripts = member(parseProjectFile("Pipfile", pipfile, parse), "scripts");
  return {
    version: wantedVersion(lock),
    recipe: {
      kind: "pipenv",
      // What is installed is in the lock file; the Pipfile only has to be there.
      decidedBy: [bytes],
      files: [
        ["Pipfile", pipfile],
        [LOCK, bytes],
      ],
      blame: LOCK,
      tool: "pipenv",
      ...(local ? { alone: `${LOCK} names files of the project` } : {}),
      steps: ({ venv, toolBin }) => [
        {
          what: "Installing the packages",
          program: join(toolBin ?? "", "pipenv"),
          args: ["sync"],
          variables: { ...QUIET, VIRTUAL_ENV: venv },
        },
      ],
    },
    variables: QUIET,
    prefix: needsPipenv(folder, command, scripts) ? "pipenv run " : "",
  };
}

/** Whether `pipenv run` would do more than run the command: it knows the Pipfile's scripts, and reads `.env`. */
function needsPipenv(folder: string, command: string, scripts: unknown): boolean {
  const [first = ""] = command.trim().split(/\s/);
  return existsSync(join(folder, ".env")) || member(scripts, first) !== undefined;
}

function wantedVersion(lock: unknown): string {
  const requires = member(member(lock, "_meta"), "requires");
  const version = member(requires, "python_full_version") ?? member(requires, "python_version") ?? "";
  return version === "*" ? "" : String(version);
}

function namesFiles(packages: unknown): boolean {
  if (!isTable(packages)) return false;
  return Object.values(packages).some((entry) => {
    const file = String(member(entry, "file") ?? "");
    return member(entry, "path") !== undefined || (file !== "" && !/^https?:\/\//.test(file));
  });
}
