import { dirname, join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PythonEnvironment } from "@tributary/proto/tributary/v1/dispatch_pb";
import type { PreparedEnvironmentSchema } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Variables } from "../environment-variables.ts";
import { StepFailure } from "../step-failure.ts";
import { abortable } from "../uplink.ts";
import { bareEnvironment } from "./bare-environment.ts";
import { BIN, buildEnvironment } from "./build-environment.ts";
import { type EnvironmentRetention, sweepEnvironments } from "./environment-retention.ts";
import { PythonFetcher } from "./fetch-python.ts";
import { findUv, type Interpreter, Interpreters } from "./interpreters.ts";
import { isVersion } from "./python-version.ts";
import { readProject } from "./read-project.ts";
import type { Recipe } from "./recipe.ts";
import { wholeLines } from "./shared-build.ts";
import { type EnvironmentUser, SharedEnvironments } from "./shared-environments.ts";
import { TOOL_PYTHON, toolRecipe } from "./tools.ts";

/** What an attempt asks for. */
interface EnvironmentRequest extends EnvironmentUser {
  readonly python: PythonEnvironment;
  /** For an environment that is this attempt's alone. */
  readonly privateFolder: string;
  /** Of the task, where that is text. */
  readonly command: string;
}

/** In the folder of the environments: interpreters that were fetched. */
const PYTHONS = ".pythons";
/** Where any Python would do. */
const FETCHED_FOR_TOOLS = "3.13";

/** What is told of it. */
type EnvironmentInit = Omit<MessageInitShape<typeof PreparedEnvironmentSchema>, "$typeName">;

/** A Python ready to be used. */
export interface Environment {
  /** Goes first on the PATH; has `python` and `python3`. */
  readonly bin: string;
  /** Goes last on the PATH: the tool that made it. */
  readonly toolBin?: string | undefined;
  /** Folder that must stay as long as the attempt runs. */
  readonly folder: string;
  readonly described: EnvironmentInit;
  /** For the run, before the task's own. */
  readonly variables: Variables;
  /** Put in front of a command that is given as text. */
  readonly prefix: string;
}

/** The Python environments of a worker, kept in a folder and shared by attempts, also by those of other workers of this machine. */
export class Environments {
  readonly #folder: string;
  readonly #env: Variables;
  readonly #fetcher: PythonFetcher;
  readonly #interpreters: Interpreters;
  readonly #shared: SharedEnvironments;
  #sweeping: Promise<number> = Promise.resolve(0);

  /**
   * @param env - what builds are run with
   * @param onBuilt - called when one more is kept
   * @param pythons - paths of interpreters that go before those that are found
   */
  constructor(folder: string, env: Variables, onBuilt: () => void = () => undefined, pythons: readonly string[] = []) {
    this.#folder = folder;
    this.#env = env;
    this.#fetcher = new PythonFetcher(join(folder, PYTHONS), env);
    this.#interpreters = new Interpreters(env, this.#fetcher.folder, pythons);
    this.#shared = new SharedEnvironments(folder, env, onBuilt);
  }

  /** Python versions of this machine, newest first. */
  pythonVersions(): Promise<readonly string[]> {
    return this.#interpreters.versions();
  }

  /**
   * Finds or builds what an attempt asks for.
   *
   * @throws StepFailure `python-not-found`, `python-not-fetched`, `requirements-missing`, `environment-failed`, `environment-unsupported`, `environment-unknown`
   * @throws the reason of the signal when it fires
   */
  async prepare(request: EnvironmentRequest): Promise<Environment> {
    const { python, workFolder, say } = request;
    if (python.lockKind === "") {
      const interpreter = await this.#interpreter(request, python.version);
      say(`Python ${interpreter.version}`);
      const bare = await bareEnvironment(this.#folder, interpreter, request.attemptFolder);
      return { ...bare, described: { pythonVersion: interpreter.version, reused: true }, variables: {}, prefix: "" };
    }
    const { version, recipe, variables, prefix } = readProject(python, workFolder, request.command);
    const interpreter = await this.#interpreter(request, version);
    say(`Python ${interpreter.version}`);
    if (recipe.warning) say(recipe.warning);
    const toolBin = await this.#tool(request, recipe);
    const made = recipe.alone
      ? await this.#buildPrivate(request, interpreter, recipe, toolBin)
      : await this.#get(request, interpreter, recipe, toolBin);
    const described = { kind: recipe.kind, pythonVersion: interpreter.version, key: made.key, reused: made.reused };
    return { ...made, described, toolBin, variables: { VIRTUAL_ENV: dirname(made.bin), ...variables }, prefix };
  }

  /** Removes what is not to be kept; see {@link sweepEnvironments}. One at a time. @returns bytes that are kept */
  sweep(retention: EnvironmentRetention, inUse?: ReadonlySet<string>): Promise<number> {
    const sweep = () => sweepEnvironments(this.#folder, retention, inUse);
    this.#sweeping = this.#sweeping.then(sweep, sweep);
    return this.#sweeping;
  }

  #interpreter(user: EnvironmentUser, version: string): Promise<Interpreter> {
    const find = () => abortable(this.#interpreters.find(version), user.signal);
    return this.#findOrFetch(user, find, version || FETCHED_FOR_TOOLS);
  }

  /** What is on the machine, or what uv fetches when it is not. */
  async #findOrFetch(user: EnvironmentUser, find: () => Promise<Interpreter>, version: string): Promise<Interpreter> {
    try {
      return await find();
    } catch (error) {
      const missing = error instanceof StepFailure && error.code === "python-not-found";
      if (!missing || !this.#fetcher.mayFetch || !isVersion(version)) throw error;
      user.say(error.message);
      const uv = findUv(this.#env) ?? (await this.#ownUv(user));
      if (!uv) throw error;
      user.say(`uv fetches Python ${version}`);
      await this.#fetcher.fetch(uv, version, user.signal, user.say);
      return find();
    }
  }

  /** The worker's own uv, for a machine without one; undefined where it cannot be installed, which is in the log. */
  async #ownUv(user: EnvironmentUser): Promise<string | undefined> {
    try {
      const interpreter = await abortable(this.#interpreters.findAtLeast("3.8", "uv"), user.signal);
      const { bin } = await this.#shared.get(user, { recipe: toolRecipe("uv"), interpreter }, "uv, which fetches it");
      return join(bin, "uv");
    } catch (error) {
      user.signal.throwIfAborted();
      if (!(error instanceof StepFailure)) throw error;
      user.say(error.message);
      return undefined;
    }
  }

  /** The tool of a recipe, in an environment of its own with whichever Python runs it. */
  async #tool(user: EnvironmentUser, { tool }: Recipe): Promise<string | undefined> {
    if (tool === undefined) return undefined;
    const find = () => abortable(this.#interpreters.findAtLeast(TOOL_PYTHON, tool), user.signal);
    const interpreter = await this.#findOrFetch(user, find, FETCHED_FOR_TOOLS);
    const { bin } = await this.#shared.get(user, { recipe: toolRecipe(tool), interpreter }, tool);
    return bin;
  }

  async #get(user: EnvironmentUser, interpreter: Interpreter, recipe: Recipe, toolBin: string | undefined) {
    const made = await this.#shared.get(user, { recipe, interpreter, toolBin });
    user.say(made.reused ? "The environment is from the cache" : "The environment is ready and kept for later runs");
    return made;
  }

  async #buildPrivate(
    { privateFolder, workFolder, signal, say }: EnvironmentRequest,
    interpreter: Interpreter,
    recipe: Recipe,
    toolBin: string | undefined,
  ) {
    say(`Building an environment for this run alone, as ${recipe.alone}`);
    const lines = wholeLines(say);
    const build = { folder: privateFolder, interpreter, recipe, toolBin, workFolder, env: this.#env, signal };
    await buildEnvironment({ ...build, output: lines.take }).finally(lines.end);
    return { bin: join(privateFolder, BIN), folder: privateFolder, key: "", reused: false };
  }
}
