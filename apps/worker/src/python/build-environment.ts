import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskFull } from "../disk-full.ts";
import type { Variables } from "../environment-variables.ts";
import { StepFailure } from "../step-failure.ts";
import { findUv, type Interpreter } from "./interpreters.ts";
import type { BuildPlace, BuildStep, Recipe } from "./recipe.ts";
import { KEPT_OUTPUT, type ProgramEnd, runProgram } from "./run-program.ts";

export interface EnvironmentBuild {
  /** Folder to build in; whatever is there is removed. Stays where it is, as virtual environments cannot be moved. */
  readonly folder: string;
  readonly interpreter: Interpreter;
  readonly recipe: Recipe;
  /** Folder with the programs of the recipe's tool. */
  readonly toolBin: string | undefined;
  /** The working directory, for an environment of one run. */
  readonly workFolder: string;
  readonly env: Variables;
  readonly signal: AbortSignal;
  readonly output: (text: string) => void;
}

/** Below the folder of a build, the folder that goes first on the PATH. */
export const BIN = join("venv", "bin");

/** A process of the build, for the worker that finds it still there after a sudden end. */
const PID_FILE = "pid";
const MARK = "TRIBUTARY_BUILD";
/** Less than even an empty environment takes. */
const LEAST_ROOM = 32 << 20;

/** After so long, a build counts as one that will never end. */
const LONGEST_MS = 2 * 3600 * 1000;

/**
 * Makes a virtual environment, with uv when it is there, else with venv, and installs what the recipe says.
 *
 * @throws StepFailure `environment-failed` with the last error that was printed
 */
export async function buildEnvironment(build: EnvironmentBuild): Promise<void> {
  const { folder, recipe, interpreter, env, workFolder, toolBin } = build;
  await rm(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const venv = join(folder, "venv");
  const source = recipe.alone ? workFolder : copyFiles(build);
  const uv = findUv(env);
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const place: BuildPlace = { venv, python: join(folder, BIN, "python"), source, uv, toolBin, write };
  if (!uv) await checkVenv(build);
  await step(build, source, makeVenv(place, interpreter));
  for (const next of recipe.steps(place)) await step(build, source, next);
}

function makeVenv({ uv, venv }: BuildPlace, { path }: Interpreter): BuildStep {
  const what = "The virtual environment";
  return uv
    ? { what, program: uv, args: ["venv", "--no-project", "--python", path, venv] }
    : { what, program: path, args: ["-I", "-m", "venv", venv] };
}

/** Ends the process of a build that an earlier worker left behind. */
export function killLeftBuild(folder: string): void {
  try {
    const pid = Number(readFileSync(join(folder, PID_FILE), "utf8"));
    // The number may long be another process's, so the mark decides.
    if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(`${MARK}=${folder}\0`)) process.kill(-pid, "SIGKILL");
  } catch {
    // Neither the file nor the process is there.
  }
}

/** The attempt that began the build may go while others wait for it, and its files with it. */
function copyFiles({ folder, recipe }: EnvironmentBuild): string {
  const copies = join(folder, "files");
  mkdirSync(copies);
  for (const [path, bytes] of recipe.files) {
    const copy = join(copies, path);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, bytes);
  }
  return copies;
}

/** @throws StepFailure `environment-failed` for a Python without the modules that it takes */
async function checkVenv({ interpreter, env, signal }: EnvironmentBuild): Promise<void> {
  const { code } = await runProgram(interpreter.path, ["-I", "-c", "import venv, ensurepip"], {
    env,
    signal,
    timeoutMs: 20_000,
  });
  signal.throwIfAborted();
  if (code === 0) return;
  throw new StepFailure(
    "environment-failed",
    `Python ${interpreter.version} on the worker's machine cannot make virtual environments: its modules venv and ensurepip are missing.`,
    {
      hint: "Install them (on Debian and Ubuntu: apt install python3-venv), or install uv, on the worker's machine.",
    },
  );
}

async function step(
  build: EnvironmentBuild,
  cwd: string,
  { what, program, args, variables }: BuildStep,
): Promise<void> {
  const env = { ...build.env, ...variables, [MARK]: build.folder };
  const started = (pid: number) => writeFileSync(join(build.folder, PID_FILE), String(pid));
  const { signal, output } = build;
  const end = await runProgram(program, args, { env, cwd, signal, output, started, timeoutMs: LONGEST_MS });
  signal.throwIfAborted();
  if (end.code === 0) return;
  throw (await hadNoRoom(build.folder, end.output))
    ? diskFull(`the environment could not be built: ${what} failed`)
    : failure(build, what, end);
}

/** By what was said, or by the room that is left: making a virtual environment tells nothing of what went wrong inside. */
async function hadNoRoom(folder: string, output: string): Promise<boolean> {
  if (/No space left on device|os error 28|Disk quota exceeded/i.test(output)) return true;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < LEAST_ROOM;
}

function failure({ recipe }: EnvironmentBuild, what: string, { code, output }: ProgramEnd): StepFailure {
  const lines = output
    .split("\n")
    // Of a long output the begin is left out, and half a line may be half a secret, which nobody can mask.
    .slice(output.length < KEPT_OUTPUT ? 0 : 1)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  // What follows the last error explains it.
  const from = lines.findLastIndex((line) => /^(error|fatal)\b/i.test(line));
  const error = lines.slice(from).join(" ") || `exit code ${code}`;
  return new StepFailure("environment-failed", `${what} failed: ${error}`, {
    hint: `The log has the whole output. Correct ${recipe.blame}, or see whether the worker's machine reaches the package index.`,
  });
}
