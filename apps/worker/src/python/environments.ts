import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PythonEnvironment } from "@tributary/proto/tributary/v1/dispatch_pb";
import { StepFailure } from "../step-failure.ts";
import { abortable } from "../uplink.ts";
import { BIN, buildEnvironment, type EnvironmentBuild, killLeftBuild } from "./build-environment.ts";
import { type Interpreter, Interpreters } from "./interpreters.ts";
import { type Requirements, readRequirements } from "./requirements.ts";
import { SharedBuild, wholeLines } from "./shared-build.ts";

/** What an attempt asks for. */
interface EnvironmentRequest {
  readonly python: PythonEnvironment;
  readonly workFolder: string;
  /** For an environment that is this attempt's alone. */
  readonly privateFolder: string;
  readonly signal: AbortSignal;
  /** Takes lines for the attempt's log. */
  readonly say: (text: string) => void;
}

/** A Python ready to be used. */
export interface Environment {
  /** Goes first on the PATH; has `python` and `python3`. */
  readonly bin: string;
  /** Folder that must stay as long as the attempt runs. */
  readonly folder: string;
}

const READY = "ready";
const UNUSED_MS = 30 * 24 * 3600 * 1000;

/**
 * The Python environments of a worker, kept in its folder and shared by attempts: `<key>/<build>/venv`, where the file
 * `<key>/ready` names the one good build, so a build that broke or was cut off is never used. The key is the hash
 * of the kind, the requirements with all they include, the interpreter and the platform.
 */
export class Environments {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #interpreters: Interpreters;
  readonly #building = new Map<string, SharedBuild>();

  /** @param env - what builds are run with */
  constructor(folder: string, env: Record<string, string>) {
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
      return this.#bare(interpreter);
    }
    const requirements = readRequirements(workFolder, python.requirementsFile || "requirements.txt");
    if (requirements.local) return this.#buildPrivate(request, interpreter, requirements);
    return this.#shared(request, interpreter, requirements);
  }

  /** Removes unfinished builds, and environments that nobody used for 30 days, but for those in `keep`. */
  async sweep(keep: ReadonlySet<string>): Promise<void> {
    for (const key of readdirSync(this.#folder)) {
      const folder = join(this.#folder, key);
      const ready = readReady(folder);
      for (const build of readdirSync(folder).filter((name) => name.startsWith("build-") && name !== ready)) {
        killLeftBuild(join(folder, build));
        await rm(join(folder, build), { recursive: true, force: true });
      }
      const used = statSync(folder).mtimeMs;
      if (!keep.has(folder) && Date.now() - used > UNUSED_MS) await rm(folder, { recursive: true, force: true });
    }
  }

  /** A folder with links to the interpreter, as `python` alone may be another one or missing. */
  async #bare(interpreter: Interpreter): Promise<Environment> {
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
    await touch(folder);
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
    { workFolder, signal, say }: EnvironmentRequest,
    interpreter: Interpreter,
    requirements: Requirements,
  ): Promise<Environment> {
    const contents = requirements.contents.flat();
    const key = hash([
      "pip",
      interpreter.version,
      interpreter.path,
      interpreter.platform,
      process.arch,
      requirements.file,
      ...contents,
    ]);
    const folder = join(this.#folder, key);
    const ready = readReady(folder);
    if (ready) say(`Python ${interpreter.version}, environment from the cache`);
    else {
      const known = this.#building.get(key);
      const other = known?.isAbandoned ? undefined : known;
      say(
        `Python ${interpreter.version}, ${other ? "waiting for the environment, which another task is building" : "building the environment"}`,
      );
      await (other ?? this.#begin(key, { interpreter, requirements, workFolder })).join(signal, say);
      say("The environment is ready and kept for later runs");
    }
    await touch(folder);
    return { bin: join(folder, readReady(folder) ?? "", BIN), folder };
  }

  #begin(key: string, what: Pick<EnvironmentBuild, "interpreter" | "requirements" | "workFolder">): SharedBuild {
    const folder = join(this.#folder, key);
    const name = `build-${randomBytes(6).toString("hex")}`;
    const shared = new SharedBuild(async (signal, output) => {
      try {
        await buildEnvironment({ ...what, folder: join(folder, name), env: this.#env, signal, output });
        writeFileSync(join(folder, `${READY}.new`), name);
        await rename(join(folder, `${READY}.new`), join(folder, READY));
      } catch (error) {
        await rm(join(folder, name), { recursive: true, force: true });
        throw error;
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
async function touch(folder: string): Promise<void> {
  await utimes(folder, new Date(), new Date());
}

function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256");
  // With lengths, so that no two lists look the same when put in a row.
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part);
  return sum.digest("hex").slice(0, 32);
}
