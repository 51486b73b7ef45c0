import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Assignment } from "@tributary/proto/tributary/v1/dispatch_pb";
import type { AttemptFolder } from "../attempt-folder.ts";
import type { Variables } from "../environment-variables.ts";
import { formatBytes } from "../format-bytes.ts";
import type { ProcessEnd } from "../launching.ts";
import type { Limits } from "../limits.ts";
import { StepFailure } from "../step-failure.ts";
import { containerArguments, heldBack, unsayable, variableLines } from "./container-arguments.ts";
import { type ContainerState, type EngineCommands, EngineError, OOM_FILE } from "./engine-commands.ts";
import { refuseWithoutGpus } from "./gpu-failure.ts";

/** An image that is on this machine. */
export interface FetchedImage {
  readonly id: string;
  /** It was here before. */
  readonly reused: boolean;
}

/** Where images come from. */
export interface Images {
  /** @throws StepFailure when there is no engine */
  commands(): EngineCommands;
  /** @throws StepFailure when it cannot be had */
  fetch(image: string, signal: AbortSignal, say: (text: string) => void): Promise<FetchedImage>;
}

interface Parts {
  readonly images: Images;
  /** Undefined where no engine answered when the worker started. */
  readonly commands: EngineCommands | undefined;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The attempt's own. */
  readonly folder: string;
  /** No worker has made it yet. */
  readonly isNew: boolean;
}

/** What making a container needs besides its name. */
export interface ContainerPreparation {
  readonly assignment: Assignment;
  readonly folder: AttemptFolder;
  readonly variables: Variables;
  readonly argv: readonly string[];
  readonly limits: Limits;
  /** Ids of the GPUs that it is given. */
  readonly gpus: readonly string[];
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** The client that starts the container, for the launcher. */
export interface ContainerClient {
  readonly argv: readonly string[];
  readonly env: Variables;
  readonly image: FetchedImage;
}

/** How an attempt in a container ended, told by the engine instead of its client. */
export interface ContainerEnd {
  readonly end: ProcessEnd;
  /** Set when its process never ran, or nobody knows how it ended. */
  readonly failure?: StepFailure;
  /** A line for the log. */
  readonly note?: string;
}

/** The container of one attempt. It is gone before the attempt's end is told. */
export class AttemptContainer {
  readonly #parts: Parts;
  /** Nothing of it is known to be there. */
  #gone: boolean;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#gone = parts.isNew;
  }

  /**
   * Fetches the image and makes the container.
   *
   * @throws StepFailure when it cannot be made
   * @throws the reason of the signal
   */
  async prepare(preparation: ContainerPreparation): Promise<ContainerClient> {
    const { assignment, folder, variables, argv, limits, gpus, signal, say } = preparation;
    const commands = this.#parts.images.commands();
    const refused = unsayable(variables);
    if (refused !== undefined) {
      throw new StepFailure("bad-variable", `The variable ${refused} is too long for a container, or has line breaks.`);
    }
    const image = await this.#parts.images.fetch(assignment.image, signal, say);
    // Of a worker that died between making and starting it.
    await this.remove();
    signal.throwIfAborted();
    // Its user may be another one; nobody else gets past the folder around it.
    await chmod(folder.work, 0o777);
    const { name, labels } = this.#parts;
    const wish = { name, labels, image: assignment.image, argv, work: folder.work, variables, limits, gpus };
    const options = containerArguments(commands.engine, { ...wish, cpuMillis: Number(assignment.cpuMillis) });
    const held = Object.fromEntries(heldBack(variables).map((variable) => [variable, variables[variable] ?? ""]));
    this.#gone = false;
    await rm(this.#oomFile(), { force: true });
    try {
      await commands.create(options, variableLines(variables), held);
      await commands.init(name, folder.path);
    } catch (error) {
      await this.remove();
      if (gpus.length > 0 && error instanceof EngineError) refuseWithoutGpus(commands.engine, error);
      throw notMade(error);
    }
    return { argv: commands.startArguments(name), env: { ...commands.engine.env }, image };
  }

  /** Asks the engine how it ended, and removes it. `stopping`: it was told to end. */
  async finish(end: ProcessEnd, stopping: boolean, limits: Limits, peak: number): Promise<ContainerEnd> {
    const { commands, name } = this.#parts;
    const state = "lost" in end ? undefined : await commands?.state(name);
    const gone = await this.remove();
    if ("lost" in end || stopping) return { end: gone ? end : leaving(end) };
    const ended = gone ? end : leaving(end);
    if (!state) return { end: ended, failure: engineLost("the engine does not know its container any more") };
    if (!state.ran) return { end: ended, failure: notStarted(state.error || "its log says why") };
    if (!state.ended) return { end: ended, failure: engineLost("the engine's client ended before the container") };
    const outOfMemory = state.outOfMemory || existsSync(this.#oomFile());
    return withState(ended, { ...state, outOfMemory }, limits, peak);
  }

  #oomFile(): string {
    return join(this.#parts.folder, OOM_FILE);
  }

  /** False when it could not be removed. */
  async remove(): Promise<boolean> {
    const { commands, name } = this.#parts;
    this.#gone ||= commands === undefined || (await commands.remove(name));
    return this.#gone;
  }
}

/** A killed first process looks so. */
const KILLED = 137;

function withState(end: ProcessEnd, state: ContainerState, { memoryBytes: limit }: Limits, peak: number): ContainerEnd {
  if ("lost" in end) return { end };
  const { id, endedAt, startedAt, left } = end;
  // What the engine's client took is not the container's.
  const told = {
    id,
    endedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(left === undefined ? {} : { left }),
    code: state.exitCode,
  };
  if (limit !== undefined && state.outOfMemory) {
    return { end: { ...told, exceeded: { memory: { limit, peak: Math.max(peak, limit) } } } };
  }
  // Engines do not always notice why.
  if (limit === undefined || state.exitCode !== KILLED) return { end: told };
  return { end: told, note: `It was killed, maybe as it needed more than its ${formatBytes(limit)} of memory` };
}

/** It lives on: its folder must stay. */
function leaving(end: ProcessEnd): ProcessEnd {
  return "lost" in end ? end : { ...end, left: (end.left ?? 0) + 1 };
}

function engineLost(why: string): StepFailure {
  return new StepFailure("container-lost", `It is not known how the container ended: ${why}.`, { system: true });
}

/** What images and commands are to blame for; anything else is the machine's fault. */
const TASKS_FAULT =
  /executable file not found|no such file or directory|permission denied|is a directory|exec format error|command that was not found|unable to find user|no matching entries in passwd|invalid reference|no command specified/i;

function notStarted(why: string, system = !TASKS_FAULT.test(why)): StepFailure {
  const hint = system ? "" : "Check that the image has the command, and a shell for a task that is a line of shell.";
  return new StepFailure("exec-failed", `The container could not be started: ${why}`, { hint, system });
}

function notMade(error: unknown): unknown {
  return error instanceof EngineError ? notStarted(error.message) : error;
}
