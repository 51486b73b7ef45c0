import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { StepFailure } from "../step-failure.ts";
import { isAtLeast, isVersion, newestFirst, versionMatches } from "./python-version.ts";
import { runProgram } from "./run-program.ts";

/** A Python that runs on this machine. */
export interface Interpreter {
  /** The program itself, not a version manager's stand-in for it. */
  readonly path: string;
  /** `3.11.7`. */
  readonly version: string;
  /** Implementation and platform, which built packages depend on: `cpython linux-x86_64`. */
  readonly platform: string;
}

interface Candidate {
  readonly path: string;
  /** What its name promises, as far as it does. */
  readonly hint: string;
}

const PROBE = `import sys, sysconfig
print("\\n".join(["%d.%d.%d" % sys.version_info[:3], sys.executable, sys.implementation.name + " " + sysconfig.get_platform()]))`;
const PROBE_MS = 20_000;
const FRESH_MS = 60_000;

/** Finds the interpreters of this machine; what it found is remembered for a minute. */
export class Interpreters {
  readonly #env: Record<string, string>;
  readonly #fetched: string;
  readonly #named: readonly string[];
  readonly #probed = new Map<string, { readonly found: Promise<Interpreter | undefined>; readonly mtimeMs: number }>();
  readonly #resolved = new Map<string, { readonly found: Promise<Interpreter>; readonly at: number }>();

  /**
   * @param env - what programs are run with; its PATH is searched
   * @param fetched - folder of interpreters that uv fetched
   * @param named - paths of others, which go before those that are found
   */
  constructor(env: Record<string, string>, fetched = "", named: readonly string[] = []) {
    this.#fetched = fetched;
    this.#named = named;
    this.#env = env;
  }

  /**
   * The interpreter for a version: `3`, `3.11`, `3.11.4`, or empty for any Python 3. The machine's own `python3` if it
   * fits, else the newest that does, of those on the PATH, those of pyenv, and those that uv fetched or knows.
   *
   * @throws StepFailure `python-not-found`, naming the versions that there are
   */
  find(version: string): Promise<Interpreter> {
    const known = this.#resolved.get(version);
    if (known && performance.now() - known.at < FRESH_MS) return known.found;
    const found = this.#search(version);
    this.#resolved.set(version, { found, at: performance.now() });
    found.catch(() => this.#resolved.delete(version));
    return found;
  }

  /**
   * The first interpreter, in the same order, of a version or newer.
   *
   * @param what - that needs it, for the message
   * @throws StepFailure `python-not-found`
   */
  async findAtLeast(version: string, what: string): Promise<Interpreter> {
    for (const { path } of this.#candidates()) {
      const found = await this.#probe(path);
      if (found && isAtLeast(found.version, version)) return found;
    }
    const other = await this.#askUv(`>=${version}`);
    if (other) return other;
    throw new StepFailure(
      "python-not-found",
      `${what} needs Python ${version} or newer: ${await this.#whatIsThere()}.`,
      {
        hint: `Install one on the worker's machine; tasks may still use older ones.`,
      },
    );
  }

  /** All versions that there are, newest first. */
  async versions(): Promise<readonly string[]> {
    const all = await Promise.all(this.#candidates().map(({ path }) => this.#probe(path)));
    return [...new Set(all.flatMap((found) => (found ? [found.version] : [])))].sort(newestFirst);
  }

  async #search(version: string): Promise<Interpreter> {
    if (!isVersion(version)) {
      throw new StepFailure("python-not-found", `"${version}" is not a Python version such as 3, 3.11 or 3.11.4`);
    }
    for (const candidate of this.#candidates()) {
      if (!mayMatch(candidate.hint, version)) continue;
      const found = await this.#probe(candidate.path);
      if (found && versionMatches(found.version, version)) return found;
    }
    const other = await this.#askUv(version);
    if (other && versionMatches(other.version, version)) return other;
    throw await this.#notFound(version);
  }

  /** The default first, then by falling version. */
  #candidates(): Candidate[] {
    const folders = (this.#env.PATH ?? "").split(":");
    const onPath = folders.flatMap((folder) =>
      list(folder)
        .filter((name) => /^python3(\.\d+)?$|^python2\.7$/.test(name))
        .map((name) => join(folder, name)),
    );
    const named = onPath.map((path) => ({ path, hint: path.slice(path.lastIndexOf("/python") + 7) }));
    const pyenv = join(this.#env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
    const managed = list(pyenv).map((name) => ({ path: join(pyenv, name, "bin", "python"), hint: name }));
    // Those whose name has all three numbers: the others are links that lead to newer ones in time.
    const fetched = list(this.#fetched).flatMap((name) => {
      const version = /^cpython-(\d+\.\d+\.\d+)-/.exec(name)?.[1];
      return version ? [{ path: join(this.#fetched, name, "bin", "python"), hint: version }] : [];
    });
    const [defaults, others] = [named.filter(({ hint }) => hint === "3"), named.filter(({ hint }) => hint !== "3")];
    const asked = this.#named.map((path) => ({ path, hint: "" }));
    return [...asked, ...defaults, ...[...others, ...managed, ...fetched].sort((a, b) => newestFirst(a.hint, b.hint))];
  }

  #probe(path: string): Promise<Interpreter | undefined> {
    const mtimeMs = executableTime(path);
    if (mtimeMs === undefined) return Promise.resolve(undefined);
    const known = this.#probed.get(path);
    if (known?.mtimeMs === mtimeMs) return known.found;
    const found = runProgram(path, ["-I", "-c", PROBE], { env: this.#env, timeoutMs: PROBE_MS }).then(
      ({ code, output }) => {
        const [version, executable, platform] = output.trim().split("\n");
        return code === 0 && version && executable && platform ? { version, path: executable, platform } : undefined;
      },
    );
    this.#probed.set(path, { found, mtimeMs });
    return found;
  }

  async #askUv(version: string): Promise<Interpreter | undefined> {
    const uv = findUv(this.#env);
    if (!uv) return undefined;
    const args = ["python", "find", "--no-project", "--no-python-downloads", ...(version ? [version] : [])];
    const { code, output } = await runProgram(uv, args, { env: this.#env, timeoutMs: PROBE_MS });
    const path = output.trim().split("\n").at(-1);
    return code === 0 && path ? this.#probe(path) : undefined;
  }

  async #notFound(version: string): Promise<StepFailure> {
    const message = `Python ${version || "3"} is not installed: ${await this.#whatIsThere()}.`;
    return new StepFailure("python-not-found", message, {
      hint: "Ask for one of these versions, or install the missing one (for example with pyenv or uv) on the worker's machine.",
    });
  }

  async #whatIsThere(): Promise<string> {
    const versions = await this.versions();
    return versions.length > 0 ? `this machine has ${versions.join(", ")}` : "this machine has no Python at all";
  }
}

/** The uv program: on the PATH, or where its installers put it. */
export function findUv(env: Record<string, string>): string | undefined {
  const folders = [...(env.PATH ?? "").split(":"), join(homedir(), ".local/bin"), join(homedir(), ".cargo/bin")];
  return folders.map((folder) => join(folder, "uv")).find((path) => executableTime(path) !== undefined);
}

/** A name such as `3.11` may stand for 3.11.4, and so may one without numbers. */
function mayMatch(hint: string, version: string): boolean {
  const [promised, wanted] = [hint.split("."), version.split(".")];
  if (!/^\d/.test(hint) || version === "") return true;
  return wanted.every((part, index) => promised[index] === undefined || promised[index] === part);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function executableTime(path: string): number | undefined {
  try {
    accessSync(path, constants.X_OK);
    const stat = statSync(path);
    return stat.isFile() ? stat.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}
