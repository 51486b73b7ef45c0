import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Assignment } from "@tributary/proto/tributary/v1/dispatch_pb";
import { type AttemptFolder, clearAttemptFolder, keepInputs } from "./attempt-folder.ts";
import { attemptKey } from "./attempt-key.ts";
import type { AttemptContainer } from "./containers/attempt-container.ts";
import { containerVariables } from "./containers/container-variables.ts";
import { attemptBase, type Variables } from "./environment-variables.ts";
import { fetchInputs } from "./fetch-inputs.ts";
import type { InputCache } from "./input-cache.ts";
import type { Limits } from "./limits.ts";
import type { Environment, Environments } from "./python/environments.ts";
import { readSecrets, refuseMissing, type Secrets, warnOfShort } from "./secrets.ts";
import { StepFailure } from "./step-failure.ts";
import type { Uplink } from "./uplink.ts";

/** What preparing an attempt needs. */
interface Preparation {
  readonly assignment: Assignment;
  readonly folder: AttemptFolder;
  readonly uplink: Pick<Uplink, "call" | "workerId">;
  readonly environments: Pick<Environments, "prepare">;
  readonly modelSockets: string | undefined;
  /** Files that were fetched before; undefined where fetching costs no more than keeping. */
  readonly inputs: InputCache | undefined;
  /** What it runs in, where it runs in one. */
  readonly container: AttemptContainer | undefined;
  /** The mark of the launcher's folder. */
  readonly scope: string;
  readonly limits: Limits;
  /** Variables that show the process its GPUs, which nothing may replace. */
  readonly devices: Variables;
  /** Ids of these GPUs. */
  readonly gpus: readonly string[];
  readonly signal: AbortSignal;
  /** Told as soon as the secrets are known, before anything is said that could contain one. */
  readonly mask: (secrets: Secrets) => void;
  /** Takes lines for the attempt's log. */
  readonly say: (text: string) => void;
}

/** A process ready to be started. */
export interface Prepared {
  readonly argv: readonly string[];
  readonly env: Variables;
  readonly environment: PreparedPlace | undefined;
}

/** What it runs in: `folder` is that of a Python environment which must stay as long. */
interface PreparedPlace {
  readonly folder?: string | undefined;
  readonly described: Environment["described"];
}

/**
 * Brings an attempt to where its process can start: secrets, files, Python. Its folders are there and empty.
 *
 * @throws StepFailure when it cannot be started
 * @throws the reason of the signal
 */
export async function prepareAttempt(preparation: Preparation): Promise<Prepared> {
  const { assignment, folder, uplink, environments, signal, mask, say } = preparation;
  const secrets = await readSecrets(uplink, assignment, signal);
  mask(secrets);
  refuseMissing(secrets);
  for (const line of warnOfShort(secrets)) say(line);
  if (assignment.hasInputs) await bringInputs(preparation);
  if (preparation.container) return inContainer(preparation, preparation.container, secrets);
  const python = assignment.python;
  const places = { attemptFolder: folder.path, workFolder: folder.work, privateFolder: folder.environment };
  const command = assignment.command.case === "shell" ? assignment.command.value : "";
  const environment = python && (await environments.prepare({ python, ...places, command, signal, say }));
  const env = { ...variables(assignment, folder, secrets, environment), ...preparation.devices };
  const argv =
    assignment.command.case === "serveModel"
      ? serverOf(preparation)
      : argumentsOf(assignment, env.PATH ?? "", environment?.prefix);
  return { argv, env, environment };
}

async function inContainer(
  { assignment, folder, scope, limits, devices, gpus, signal, say }: Preparation,
  container: AttemptContainer,
  secrets: Secrets,
): Promise<Prepared> {
  const { command } = assignment;
  const argv = command.case === "shell" ? ["sh", "-c", command.value] : argumentsOf(assignment, "");
  const marks = { TRIBUTARY_ATTEMPT: attemptKey(assignment.attempt), TRIBUTARY_LAUNCHER: scope };
  const variables = { ...containerVariables(process.env), ...ownVariables(assignment, secrets), ...devices, ...marks };
  const client = await container.prepare({ assignment, folder, variables, argv, limits, gpus, signal, say });
  const { id, reused } = client.image;
  const described = { kind: "image", pythonVersion: "", key: id.slice(0, MOST_KEY), reused };
  return { argv: client.argv, env: client.env, environment: { described } };
}

/** As long as what is told of an environment may be. */
const MOST_KEY = 128;

async function bringInputs({ assignment, folder, uplink, inputs, signal, say }: Preparation): Promise<void> {
  const empty = () => clearAttemptFolder(folder);
  const files = await fetchInputs(uplink, assignment.attempt, folder.work, empty, signal, inputs);
  if (assignment.saveChangedFiles) await keepInputs(folder, files);
  say(`Fetched ${files.size} ${files.size === 1 ? "file" : "files"}`);
}

const MACHINE = attemptBase(process.env);

/**
 * The whole environment of the process, later ones replacing earlier ones: what the machine gives, what the worker and the
 * Python environment set, the task's variables, its secrets. Nothing else of the worker's or the server's environment.
 */
function variables(
  assignment: Assignment,
  { home, tmp }: AttemptFolder,
  secrets: Secrets,
  python: Environment | undefined,
): Variables {
  const machine = MACHINE;
  const path = [python?.bin, machine.PATH, python?.toolBin].filter((part) => part !== undefined).join(":");
  const all: Variables = {
    ...machine,
    PATH: path,
    HOME: home,
    TMPDIR: tmp,
    // A shell that is not told looks its user up, which takes it a tenth of its start.
    SHELL: findShell(machine.PATH ?? ""),
    PYTHONUNBUFFERED: "1",
    ...python?.variables,
    ...ownVariables(assignment, secrets),
  };
  // Of C.UTF-8, only the characters are not those of C: a program finds the other parts without a look at the disk.
  if (!LOCALES.some((name) => name in all)) all.LC_CTYPE = "C.UTF-8";
  return all;
}

const LOCALES = ["LANG", "LC_ALL", "LC_CTYPE"];

/** What the task's own are, whatever it runs in. */
function ownVariables(assignment: Assignment, secrets: Secrets): Variables {
  return {
    TRIBUTARY_TASK_ID: String(assignment.attempt?.taskId ?? 0),
    TRIBUTARY_ATTEMPT_NUMBER: String(assignment.attempt?.number ?? 0),
    ...Object.fromEntries(assignment.variables.map(({ name, value }) => [name, value])),
    ...Object.fromEntries(secrets.values.map(({ injectAs, value }) => [injectAs, value])),
  };
}

const SERVE_MODEL = fileURLToPath(new URL("serving/serve_model.py", import.meta.url));

/** Its socket has the task's number, so that whoever knows the task finds it. */
function serverOf({ assignment, folder, modelSockets }: Preparation): readonly string[] {
  if (modelSockets === undefined) {
    throw new StepFailure("cannot-serve", "This worker serves no models: the server could not reach it.", {
      system: true,
    });
  }
  const socket = join(modelSockets, `m${assignment.attempt?.taskId ?? 0}`);
  return ["python", SERVE_MODEL, "--model", folder.work, "--socket", socket];
}

function argumentsOf({ command }: Assignment, path: string, prefix = ""): readonly string[] {
  if (command.case === "argv" && command.value.arguments.length > 0) return command.value.arguments;
  if (command.case === "shell") return [shell(path), "-c", `${prefix}${command.value}`];
  throw new StepFailure("no-command", "The task says nothing that could be run.");
}

/** The bash on a search path, where there is one; it does not go away. */
const bashes = new Map<string, string>();
const mostPaths = 1_000;

/** bash where there is one, else what every system has. A name without slash is looked up by the launcher. */
function shell(path: string): string {
  return basename(findShell(path));
}

function findShell(path: string): string {
  const known = bashes.get(path);
  if (known) return known;
  const folder = path.split(":").find((folder) => existsSync(join(folder, "bash")));
  if (folder === undefined) return "/bin/sh";
  const bash = join(folder, "bash");
  if (bashes.size < mostPaths) bashes.set(path, bash);
  return bash;
}
