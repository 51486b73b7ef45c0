import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { LauncherOptions } from "../../src/launcher/launcher.ts";
import { type Ended, type Launcher, openLauncher, type StartAttempt } from "../../src/launcher/launcher.ts";
import { listProcesses, readCookie, readProcess } from "../../src/launcher/processes.ts";
import { readScope } from "../../src/launcher/scope.ts";
import { readPipes } from "./read-pipes.ts";

export const kinds = ["python", "node"] as const;
export type Kind = (typeof kinds)[number];

export const linux = process.platform === "linux";
export const silent = { info: () => {}, warn: () => {} };
const PATH = "/usr/local/bin:/usr/bin:/bin";

/** A launcher in a folder of its own, and what tests do with it. */
export class Rig {
  readonly folder: string;
  readonly launcher: Launcher;
  readonly #options: LauncherOptions;
  #last = 0;

  private constructor(options: LauncherOptions, launcher: Launcher) {
    this.folder = options.folder;
    this.launcher = launcher;
    this.#options = options;
  }

  static async open(kind: Kind, more: Partial<LauncherOptions> = {}): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), "tributary-launcher-"));
    const options = { ...optionsFor(folder, kind), ...more };
    return new Rig(options, await openLauncher(options));
  }

  /** Another client of the same launcher. */
  reopen(more: Partial<LauncherOptions> = {}): Promise<Launcher> {
    return openLauncher({ ...this.#options, ...more });
  }

  /** What to start, in the rig's folder; a text is a shell script. */
  attempt(program: string | readonly string[], more: Partial<StartAttempt> = {}): StartAttempt {
    const id = `attempt-${++this.#last}`;
    const argv = typeof program === "string" ? ["sh", "-c", program] : program;
    const [out, err] = [join(this.folder, `${id}.out`), join(this.folder, `${id}.err`)];
    return { id, argv, cwd: this.folder, env: { PATH }, out, err, ...more };
  }

  /** Starts it, reads all it writes, waits for its end and forgets it. */
  async run(program: string | readonly string[], more: Partial<StartAttempt> = {}) {
    const attempt = this.attempt(program, more);
    await this.launcher.start(attempt);
    const output = collect(attempt);
    const ended = await this.end(attempt.id);
    const texts = await output.all();
    await this.launcher.forget(attempt.id);
    return { ended, ...texts };
  }

  /** The end of one attempt, awaited for ten seconds at most. */
  async end(id: string, launcher = this.launcher): Promise<Ended> {
    for await (const ended of launcher.ends(AbortSignal.timeout(10_000))) if (ended.id === id) return ended;
    throw new Error(`the end of ${id} was not told`);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Ends the launcher and whatever it started, and fails if it kept a dead child or noted a fault of its own. */
  async close(): Promise<void> {
    const scope = await readScope(this.folder);
    const launcher = await openLauncher(this.#options);
    const { pid, control } = await launcher.hello();
    const zombies = linux ? deadChildren(pid) : [];
    process.kill(pid, "SIGKILL");
    await launcher.gone;
    for (const left of await listProcesses()) if (readCookie(left.pid)?.scope === scope) kill(left.pid);
    for (const group of control?.folders ?? []) await removeGroups(group);
    const faults = existsSync(this.path("launcher.log")) ? readFileSync(this.path("launcher.log"), "utf8") : "";
    await rm(this.folder, { recursive: true, force: true });
    if (faults !== "") throw new Error(`the launcher noted a fault: ${faults}`);
    if (zombies.length > 0) throw new Error(`the launcher kept dead children: ${zombies}`);
  }
}

export function optionsFor(folder: string, kind: Kind): LauncherOptions {
  const python = kind === "python" ? {} : { python: false as const };
  return { folder, socketPath: join(folder, "socket"), log: silent, idleSeconds: 20, graceSeconds: 0.3, ...python };
}

/** Reads both pipes of an attempt into texts. */
export function collect(paths: { out: string; err: string }) {
  const texts = { out: "", err: "" };
  const output = readPipes(paths, (pipe, bytes) => {
    texts[pipe] += bytes.toString("latin1");
  });
  const all = async () => {
    await within(output.drained(), "the end of the output");
    return texts;
  };
  return { output, texts, all };
}

/** Waits for at most ten seconds until a condition holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await delay(10);
  }
}

export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`waited in vain: ${what}`)), 10_000);
  return Promise.race([promise, timer.promise]).finally(() => clearTimeout(timeout));
}

/** Whether a process lives; one that ended and was not reaped does not. */
export function lives(pid: number): boolean {
  if (linux) return readProcess(pid)?.dead === false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function deadChildren(parent: number): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const entries = pids.map((pid) => readProcess(Number(pid)));
  return entries.flatMap((entry) => (entry?.parent === parent && entry.dead ? [entry.pid] : []));
}

/** What a killed launcher leaves; the next one of the folder would remove it. */
async function removeGroups(folder: string): Promise<void> {
  const removed = (path: string) => {
    try {
      for (const entry of readdirSync(path, { withFileTypes: true }))
        if (entry.isDirectory()) removed(join(path, entry.name));
      rmdirSync(path);
      return true;
    } catch {
      return !existsSync(path);
    }
  };
  await until(() => removed(folder), `${folder} is empty`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
