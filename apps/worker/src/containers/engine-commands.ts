import { spawn } from "node:child_process";
import { KEPT_OUTPUT, type ProgramEnd, runProgram } from "../python/run-program.ts";
import { type Engine, lastLine } from "./find-engine.ts";

/** What an engine tells of a container. */
export interface ContainerState {
  /** Its first process was started at some time. */
  readonly ran: boolean;
  readonly ended: boolean;
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** Why it could not be started, where the engine keeps that. */
  readonly error: string;
  /** Of the image that it was made from: `sha256:…`. */
  readonly imageId: string;
}

/** An engine did not do what it was told; the message is its own. */
export class EngineError extends Error {}

/** Where podman does not look for it itself. Source: conmon, which writes it to its working directory. */
export const OOM_FILE = "oom";

const QUICK_MS = 60_000;
const REMOVAL_TRIES = 3;

/** What is asked of podman or docker: the same words for both. */
export class EngineCommands {
  readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** The id of an image that is here; undefined when it is not. */
  async imageId(image: string): Promise<string | undefined> {
    const { code, output } = await this.#run(["image", "inspect", "--format", "{{.Id}}", image]);
    return code === 0 ? output.trim().split("\n").at(-1) : undefined;
  }

  /** @throws EngineError */
  async pull(image: string, signal: AbortSignal, output: (text: string) => void): Promise<void> {
    const { engineOptions, program, env } = this.engine;
    const end = await runProgram(program, [...engineOptions, "pull", image], { env: { ...env }, signal, output });
    if (end.code !== 0) throw new EngineError(lastLine(end.output) || `${this.engine.kind} pull failed`);
  }

  /**
   * Makes a container without starting it.
   *
   * @param options - with the image and the command
   * @param variables - lines for `--env-file /dev/stdin`
   * @param env - values of variables that are named without value
   * @throws EngineError
   */
  async create(options: readonly string[], variables: string, env: Readonly<Record<string, string>>): Promise<void> {
    const { engineOptions, program } = this.engine;
    const args = [...engineOptions, "create", ...options];
    const { code, output } = await runWithInput(program, args, { ...this.engine.env, ...env }, variables);
    if (code !== 0) throw new EngineError(lastLine(output) || `${this.engine.kind} create failed`);
  }

  /**
   * Prepares a container for its start, where the engine can tell what is wrong with it then.
   *
   * @param folder - podman's monitor of the container stays in it, and of some versions writes there that the memory
   *   was used up: see {@link OOM_FILE}
   * @throws EngineError
   */
  async init(name: string, folder: string): Promise<void> {
    if (this.engine.kind !== "podman") return;
    const { code, output } = await this.#run(["init", name], folder);
    if (code !== 0) throw new EngineError(lastLine(output) || "podman init failed");
  }

  /** The client that starts a container, passes its output on and ends as it does. */
  startArguments(name: string): readonly string[] {
    return [this.engine.program, ...this.engine.engineOptions, "start", "--attach", "--sig-proxy=true", name];
  }

  /** Undefined when there is no such container. */
  async state(name: string): Promise<ContainerState | undefined> {
    const { code, output } = await this.#run(["inspect", "--type", "container", "--format", STATE, name]);
    // What it warns of comes before it.
    const fields = output.slice(output.lastIndexOf(MARK) + MARK.length).split("|");
    return code === 0 && output.includes(MARK) ? readState(fields) : undefined;
  }

  /** Kills and removes a container; false when it is still there. */
  async remove(name: string): Promise<boolean> {
    for (let tries = 0; tries < REMOVAL_TRIES; tries++) {
      const time = this.engine.kind === "podman" ? ["--time", "0"] : [];
      await this.#run(["rm", "--force", "--volumes", ...time, name]);
      if ((await this.#run(["inspect", "--type", "container", name])).code !== 0) return true;
    }
    return false;
  }

  /** The names of all containers, running or not, that have a label. */
  async list(label: string): Promise<readonly string[]> {
    const { code, output } = await this.#run(["ps", "--all", "--filter", `label=${label}`, "--format", "{{.Names}}"]);
    if (code !== 0) throw new EngineError(lastLine(output) || `${this.engine.kind} ps failed`);
    return output.split("\n").flatMap((line) => line.trim() || []);
  }

  #run(args: readonly string[], cwd?: string): Promise<ProgramEnd> {
    const { program, engineOptions, env } = this.engine;
    const where = cwd === undefined ? {} : { cwd };
    return runProgram(program, [...engineOptions, ...args], { env: { ...env }, timeoutMs: QUICK_MS, ...where });
  }
}

const MARK = "tributary-state|";
const STATE = `${MARK}{{.State.Status}}|{{.State.StartedAt}}|{{.State.ExitCode}}|{{.State.OOMKilled}}|{{.Image}}|{{.State.Error}}`;

function readState([status, startedAt = "", exitCode, outOfMemory, imageId = "", ...error]: string[]): ContainerState {
  return {
    // A time that was never set is in the year 1.
    ran: startedAt !== "" && !startedAt.startsWith("0001"),
    ended: status === "exited" || status === "stopped" || status === "dead",
    exitCode: Number(exitCode),
    outOfMemory: outOfMemory === "true",
    error: error.join("|").trim(),
    imageId,
  };
}

/**
 * As {@link runProgram}, with something to read: neither a file nor the arguments shall hold it. Behind `cat`, as what
 * Node gives to a child is a socket, which cannot be opened as /dev/stdin.
 */
function runWithInput(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string,
): Promise<ProgramEnd> {
  const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
  const piped = ["-c", 'cat | "$@"', "sh", program, ...args];
  const child = spawn("/bin/sh", piped, { env, stdio: ["pipe", "pipe", "pipe"], detached: true, timeout: QUICK_MS });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
    });
  }
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.on("error", (error) => resolve({ code: -1, output: error.message }));
  child.on("close", (code) => resolve({ code: code ?? -1, output }));
  return promise;
}
