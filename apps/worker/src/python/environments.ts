import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { PythonEnvironment } from "@tributary/proto/tributary/v1/dispatch_pb";
import { diskFull, isDiskFull } from "../disk-full.ts";
import { lock, tryLock } from "../file-lock.ts";
import { StepFailure } from "../step-failure.ts";
import { abortable } from "../uplink.ts";
import { BIN, buildEnvironment, type EnvironmentBuild } from "./build-environment.ts";
import { clearBuilds, type EnvironmentRetention, lockOf, READY, sweepEnvironments } from "./environment-retention.ts";
import { addUser } from "./environment-users.ts";
import { type Interpreter, Interpreters } from "./interpreters.ts";
import { type Requirements, readRequirements } from "./requirements.ts";
import { SharedBuild, wholeLines } from "./shared-build.ts";

/** What an attempt asks for. */
interface EnvironmentRequest {
  readonly python: PythonEnvironment;
  /** The attempt's, which is there as long as the attempt. */
  readonly attemptFolder: string;
  readonly workFolder: string;
  /** For an environment that is this attempt's alone. */
  readonly privateFolder: string;
  readonly signal: AbortSignal;
  /** Takes lines for the attempt's log. */
  readonly say: (text: string) => void;
}

/** Builds after which an attempt gives up on one that is removed each time. */
const BUILDS = 3;

/** A Python ready to be used. */
export interface Environment {
  /** Goes first on the PATH; has `python` and `python3`. */
  readonly bin: string;
  /** Folder that must stay as long as the attempt runs. */
  readonly folder: string;
}

/**
 * The Python environments of a worker, kept in a folder and shared by attempts, also by those of other workers of this
 * machine: `<key>/<build>/venv`, where the file
 * `<key>/ready` names the one good build, so a build that broke or was cut off is never used. The key is the hash
 * of the kind, the requirements with all they include, the interpreter and the platform.
 */
export class Environments {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #interpreters: Interpreters;
  readonly #building = new Map<string, SharedBuild>();
  #sweeping: Promise<number> = Promise.resolve(0);

  readonly #onBuilt: () => void;

  /**
   * @param env - what builds are run with
   * @param onBuilt - called when one more is kept
   */
  constructor(folder: string, env: Record<string, string>, onBuilt: () => void = () => undefined) {
    this.#onBuilt = onBuilt;
    this.#folder = folder;
    this.#env = env;
    this.#interpreters = new Interpreters(env);
  }

  /**
   * Finds or builds what an attempt asks for.
   *
   * @throws StepFailure `python-not-found`, `requirements-missing`, `environment-failed`, `environment-unknown`
   * @throws the reason of the signal when it fires
   */
  async prepare(request: EnvironmentRequest): Promise<Environment> {
    const { python, workFolder, signal, say } = request;
    if (python.lockKind !== "" && python.lockKind !== "pip") {
      throw new StepFailure(
        "environment-unknown",
        `This worker cannot build environments of the kind "${python.lockKind}".`,
        {
          hint: "Use a requirements file (pip).",
        },
      );
    }
    const interpreter = await abortable(this.#interpreters.find(python.version), signal);
    if (python.lockKind === "") {
      say(`Python ${interpreter.version}`);
      return this.#bare(request, interpreter);
    }
    const requirements = readRequirements(workFolder, python.requirementsFile || "requirements.txt");
    if (requirements.local) return this.#buildPrivate(request, interpreter, requirements);
    return this.#shared(request, interpreter, requirements);
  }

  /** Removes what is not to be kept; see {@link sweepEnvironments}. One at a time. @returns bytes that are kept */
  sweep(retention: EnvironmentRetention, inUse?: ReadonlySet<string>): Promise<number> {
    const sweep = () => sweepEnvironments(this.#folder, retention, inUse);
    this.#sweeping = this.#sweeping.then(sweep, sweep);
    return this.#sweeping;
  }

  /** A folder with links to the interpreter, as `python` alone may be another one or missing. */
  async #bare({ attemptFolder }: EnvironmentRequest, interpreter: Interpreter): Promise<Environment> {
    const folder = join(this.#folder, `bare-${hash([interpreter.path, interpreter.version])}`);
    const bin = join(folder, "bin");
    if (!existsSync(bin)) {
      const made = join(folder, `bin-${randomBytes(6).toString("hex")}`);
      await mkdir(made, { recursive: true });
      const [major, minor] = interpreter.version.split(".");
      for (const name of ["python", `python${major}`, `python${major}.${minor}`])
        await symlink(interpreter.path, join(made, name));
      for (const name of ["pip", `pip${major}`]) {
        await writeFile(
          join(made, name),
          `#!/bin/sh\nexec '${interpreter.path.replaceAll("'", "'\\''")}' -m pip "$@"\n`,
        );
        await chmod(join(made, name), 0o755);
      }
      // Another attempt may have been faster; its folder is as good.
      await rename(made, bin).catch(() => rm(made, { recursive: true, force: true }));
    }
    addUser(folder, attemptFolder);
    touch(folder);
    return { bin, folder };
  }

  async #buildPrivate(
    { privateFolder, workFolder, signal, say }: EnvironmentRequest,
    interpreter: Interpreter,
    requirements: Requirements,
  ): Promise<Environment> {
    say(
      `Python ${interpreter.version}, building an environment for this run alone, as ${requirements.file} names files of the project`,
    );
    const lines = wholeLines(say);
    const build = { folder: privateFolder, interpreter, requirements, workFolder, env: this.#env, signal };
    await buildEnvironment({ ...build, output: lines.take }).finally(lines.end);
    return { bin: join(privateFolder, BIN), folder: privateFolder };
  }

  async #shared(
    request: EnvironmentRequest,
    interpreter: Interpreter,
    requirements: Requirements,
  ): Promise<Environment> {
    const { signal, say, attemptFolder } = request;
    const key = keyOf(interpreter, requirements);
    const folder = join(this.#folder, key);
    const found = claim(folder, attemptFolder);
    if (found) {
      say(`Python ${interpreter.version}, environment from the cache`);
      return { bin: join(folder, found, BIN), folder };
    }
    for (let tries = 0; tries < BUILDS; tries++) {
      const known = this.#building.get(key);
      const other = known?.isAbandoned ? undefined : known;
      say(
        `Python ${interpreter.version}, ${other ? "waiting for the environment, which another task is building" : "building the environment"}`,
      );
      await (other ?? this.#begin(key, { interpreter, requirements, workFolder: request.workFolder })).join(
        signal,
        say,
      );
      const built = claim(folder, attemptFolder);
      if (!built) continue;
      say("The environment is ready and kept for later runs");
      this.#onBuilt();
      return { bin: join(folder, built, BIN), folder };
    }
    const message = "The environment was removed again and again as soon as it was built.";
    throw new StepFailure("environment-failed", message, { system: true, hint: "Keep more or larger environments." });
  }

  #begin(key: string, what: Pick<EnvironmentBuild, "interpreter" | "requirements" | "workFolder">): SharedBuild {
    const folder = join(this.#folder, key);
    const shared = new SharedBuild(async (signal, output) => {
      const path = lockOf(folder);
      const free = tryLock(path);
      // Whoever waits for the build listens from the next turn on.
      await turn();
      if (!free) output("Waiting for another worker of this machine, which uses or builds the environment\n");
      const release = free ?? (await lock(path, signal));
      try {
        if (readReady(folder) === undefined) await this.#build(folder, { ...what, signal, output });
      } finally {
        release();
      }
    });
    this.#building.set(key, shared);
    const forget = () => {
      if (this.#building.get(key) === shared) this.#building.delete(key);
    };
    // Whoever waits for the build is told of its failure; here only its end counts.
    void shared.over.then(forget, forget);
    return shared;
  }

  /** With the lock: builds in a folder of its own, and only then says that it is there. */
  async #build(folder: string, build: Omit<EnvironmentBuild, "folder" | "env">): Promise<void> {
    const name = `build-${randomBytes(6).toString("hex")}`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await clearBuilds(folder);
      await buildEnvironment({ ...build, folder: join(folder, name), env: this.#env });
      writeFileSync(join(folder, `${READY}.new`), name);
      await rename(join(folder, `${READY}.new`), join(folder, READY));
    } catch (error) {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      throw isDiskFull(error) ? diskFull("the environment could not be built") : error;
    }
  }
}

/**
 * Notes that an attempt uses an environment, and says which build is the good one; undefined when there is none, or
 * somebody else has it under lock.
 */
function claim(folder: string, attemptFolder: string): string | undefined {
  if (readReady(folder) === undefined) return undefined;
  const release = tryLock(lockOf(folder));
  try {
    const ready = release && readReady(folder);
    if (ready === undefined) return undefined;
    addUser(folder, attemptFolder);
    touch(folder);
    return ready;
  } finally {
    release?.();
  }
}

function keyOf(interpreter: Interpreter, { file, contents }: Requirements): string {
  const { version, path, platform } = interpreter;
  return hash(["pip", version, path, platform, process.arch, file, ...contents.flat()]);
}

/** Name of the good build in the folder of a key. */
function readReady(folder: string): string | undefined {
  try {
    const name = readFileSync(join(folder, READY), "utf8");
    return existsSync(join(folder, name, BIN, "python")) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The folder's time is that of its last use. */
function touch(folder: string): void {
  utimesSync(folder, new Date(), new Date());
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256");
  // With lengths, so that no two lists look the same when put in a row.
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part);
  return sum.digest("hex").slice(0, 32);
}
