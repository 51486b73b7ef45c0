import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { diskFull } from "../disk-full.ts";
import { StepFailure } from "../step-failure.ts";
import { findUv, type Interpreter } from "./interpreters.ts";
import type { Requirements } from "./requirements.ts";
import { KEPT_OUTPUT, type ProgramEnd, runProgram } from "./run-program.ts";

export interface EnvironmentBuild {
  /** Folder to build in; whatever is there is removed. Stays where it is, as virtual environments cannot be moved. */
  readonly folder: string;
  readonly interpreter: Interpreter;
  readonly requirements: Requirements;
  /** Where paths in the requirements lead from, when they are local. */
  readonly workFolder: string;
  readonly env: Record<string, string>;
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

/**
 * Makes a virtual environment and installs what the requirements name, with uv when it is there, else with venv and pip.
 *
 * @throws StepFailure `environment-failed` with the last error that was printed
 */
export async function buildEnvironment(build: EnvironmentBuild): Promise<void> {
  await rm(build.folder, { recursive: true, force: true });
  mkdirSync(build.folder, { recursive: true, mode: 0o700 });
  const venv = join(build.folder, "venv");
  const python = join(venv, "bin", "python");
  const file = build.requirements.local ? join(build.workFolder, build.requirements.file) : copyRequirements(build);
  const uv = findUv(build.env);
  if (uv) {
    await step(build, "The virtual environment", uv, [
      "venv",
      "--no-project",
      "--python",
      build.interpreter.path,
      venv,
    ]);
    await step(build, "Installing the packages", uv, ["pip", "install", "--python", python, "-r", file]);
    return;
  }
  await checkVenv(build);
  await step(build, "The virtual environment", build.interpreter.path, ["-I", "-m", "venv", venv]);
  const quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--no-color"];
  await step(build, "Installing the packages", python, ["-I", "-m", "pip", "install", ...quiet, "-r", file]);
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
function copyRequirements({ folder, requirements }: EnvironmentBuild): string {
  for (const [path, bytes] of requirements.contents) {
    const copy = join(folder, "requirements", path);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, bytes);
  }
  return join(folder, "requirements", requirements.file);
}

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

async function step(build: EnvironmentBuild, what: string, file: string, args: readonly string[]): Promise<void> {
  const env = { ...build.env, [MARK]: build.folder };
  const started = (pid: number) => writeFileSync(join(build.folder, PID_FILE), String(pid));
  const cwd = build.requirements.local ? build.workFolder : build.folder;
  const end = await runProgram(file, args, { env, cwd, signal: build.signal, output: build.output, started });
  build.signal.throwIfAborted();
  if (end.code !== 0)
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

function failure({ requirements }: EnvironmentBuild, what: string, { code, output }: ProgramEnd): StepFailure {
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
    hint: `The log has the whole output. Correct ${requirements.file}, or see whether the worker's machine reaches the package index.`,
  });
}
