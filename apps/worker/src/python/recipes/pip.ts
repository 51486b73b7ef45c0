import { join } from "node:path";
import type { BuildPlace, BuildStep, ProjectEnvironment, Recipe } from "../recipe.ts";
import { type Requirements, readRequirements } from "../requirements.ts";

/**
 * A requirements file.
 *
 * @throws StepFailure `requirements-missing`
 */
export function pipEnvironment(folder: string, version: string, file: string): ProjectEnvironment {
  const requirements = readRequirements(folder, file || "requirements.txt");
  return { version, recipe: pipRecipe("pip", requirements), variables: {}, prefix: "" };
}

export function pipRecipe(kind: string, { file, contents, local }: Requirements): Recipe {
  return {
    kind,
    decidedBy: [file, ...contents.flat()],
    files: contents,
    blame: file,
    ...(local ? { alone: `${file} names files of the project` } : {}),
    steps: (place) => [pipInstall(place, ["-r", join(place.source, file)])],
  };
}

const QUIET = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--no-color"];

/** Installs packages with uv where it is, else with the environment's own pip. */
export function pipInstall({ uv, python }: BuildPlace, what: readonly string[]): BuildStep {
  const [program, args] = uv
    ? [uv, ["pip", "install", "--python", python]]
    : [python, ["-I", "-m", "pip", "install", ...QUIET]];
  return { what: "Installing the packages", program, args: [...args, ...what] };
}
