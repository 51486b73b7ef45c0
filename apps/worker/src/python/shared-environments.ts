import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { diskFull, isDiskFull } from "../disk-full.ts";
import type { Variables } from "../environment-variables.ts";
import { lock, tryLock } from "../file-lock.ts";
import { StepFailure } from "../step-failure.ts";
import { BIN, buildEnvironment, type EnvironmentBuild } from "./build-environment.ts";
import { clearBuilds, lockOf, READY } from "./environment-retention.ts";
import { addUser } from "./environment-users.ts";
import type { Interpreter } from "./interpreters.ts";
import type { Recipe } from "./recipe.ts";
import { SharedBuild } from "./shared-build.ts";

/** An attempt that wants an environment. */
export interface EnvironmentUser {
  /** Is there as long as the attempt. */
  readonly attemptFolder: string;
  readonly workFolder: string;
  readonly signal: AbortSignal;
  /** Takes lines for the attempt's log. */
  readonly say: (text: string) => void;
}

interface Wanted {
  readonly recipe: Recipe;
  readonly interpreter: Interpreter;
  /** Folder with the programs of the recipe's tool. */
  readonly toolBin?: string | undefined;
}

interface SharedEnvironment {
  readonly bin: string;
  readonly folder: string;
  readonly key: string;
  /** It was there before. */
  readonly reused: boolean;
}

/** Builds after which an attempt gives up on one that is removed each time. */
const BUILDS = 3;

/**
 * Environments in a folder, each built once for all that want the same: `<key>/<build>/venv`, where the file `<key>/ready`
 * names the one good build, so that one that broke or was cut off is never used. The key is the hash of the recipe, the
 * interpreter and the platform.
 */
export class SharedEnvironments {
  readonly #folder: string;
  readonly #env: Variables;
  readonly #onBuilt: () => void;
  readonly #building = new Map<string, SharedBuild>();

  /** @param onBuilt - called when one more is kept */
  constructor(folder: string, env: Variables, onBuilt: () => void) {
    this.#folder = folder;
    this.#env = env;
    this.#onBuilt = onBuilt;
  }

  /**
   * Finds or builds an environment, which stays as long as the attempt's folder.
   *
   * @param name - of what is built, for the log
   * @throws StepFailure `environment-failed`, `disk-full`
   * @throws the reason of the signal when it fires
   */
  async get(user: EnvironmentUser, wanted: Wanted, name = "the environment"): Promise<SharedEnvironment> {
    const { signal, say, attemptFolder, workFolder } = user;
    const key = keyOf(wanted);
    const folder = join(this.#folder, key);
    const found = claim(folder, attemptFolder);
    if (found) return { bin: join(folder, found, BIN), folder, key, reused: true };
    for (let tries = 0; tries < BUILDS; tries++) {
      const known = this.#building.get(key);
      const other = known?.isAbandoned ? undefined : known;
      say(other ? `Waiting for ${name}, which another task is building` : `Building ${name}`);
      await (other ?? this.#begin(key, { ...wanted, toolBin: wanted.toolBin, workFolder })).join(signal, say);
      const built = claim(folder, attemptFolder);
      if (!built) continue;
      this.#onBuilt();
      return { bin: join(folder, built, BIN), folder, key, reused: false };
    }
    const message = "The environment was removed again and again as soon as it was built.";
    throw new StepFailure("environment-failed", message, { system: true, hint: "Keep more or larger environments." });
  }

  #begin(key: string, what: Omit<EnvironmentBuild, "folder" | "env" | "signal" | "output">): SharedBuild {
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

function keyOf({ recipe, interpreter: { version, path, platform } }: Wanted): string {
  return hash([recipe.kind, version, path, platform, process.arch, ...recipe.decidedBy]);
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
export function touch(folder: string): void {
  utimesSync(folder, new Date(), new Date());
}

export function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash("sha256");
  // With lengths, so that no two lists look the same when put in a row.
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part);
  return sum.digest("hex").slice(0, 32);
}
