import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, constants, lstatSync, openSync, rmSync, statSync } from "node:fs";
import { getSystemErrorMap, promisify } from "node:util";
import { findProgram } from "./find-program.ts";
import { MemberSearch } from "./member-search.ts";
import { type Process, readStartTime } from "./processes.ts";
import type { Ended, Outcome, StartAttempt, Started } from "./protocol.ts";

const runFile = promisify(execFile);

/** One attempt of the Node launcher: its pipes, its process and what is told about it. */
export class NodeAttempt {
  readonly id: string;
  readonly startedAt = Date.now();
  readonly began = performance.now();
  pid = 0;
  startTime = 0;
  /** Set when nothing of it is left; only then its end is told. */
  end: Ended | undefined;
  readonly #ask: StartAttempt;
  readonly #scope: string;
  #search: MemberSearch | undefined;
  readonly #made: string[] = [];
  readonly #readers: number[] = [];
  readonly #writers: number[] = [];

  constructor(ask: StartAttempt, scope: string) {
    this.id = ask.id;
    this.#ask = ask;
    this.#scope = scope;
  }

  report(): Started | Ended {
    return this.end ?? { id: this.id, pid: this.pid, startTime: this.startTime, startedAt: this.startedAt };
  }

  /** Starts the process; a failure becomes the attempt's end, and undefined is returned. */
  async start(): Promise<ChildProcess | undefined> {
    const { argv, env, cwd } = this.#ask;
    try {
      await this.#openPipes();
      checkFolder(cwd);
      const marked = { ...env, TRIBUTARY_ATTEMPT: this.id, TRIBUTARY_LAUNCHER: this.#scope };
      const child = await this.#spawn(argv, cwd, marked).catch((error: NodeJS.ErrnoException) => {
        throw new Error(`cannot start "${argv[0]}": ${reasonOf(error)}`);
      });
      return child;
    } catch (error) {
      this.finish({ error: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }

  /** Whether more is known of its processes than their environment tells. */
  get searched(): boolean {
    return this.#search !== undefined;
  }

  /** Its processes, wherever they went. */
  async members(): Promise<readonly Process[]> {
    this.#search ??= new MemberSearch([{ id: this.id, pid: this.pid, startTime: this.startTime }], this.#scope);
    return this.#search.find();
  }

  /** Takes the outcome once nothing is left of the attempt, but for `left` processes that cannot be killed. */
  finish(outcome: Outcome, endedAt = Date.now(), left = 0): void {
    const started = this.pid === 0 ? { id: this.id } : (this.report() as Started);
    this.end = { ...started, ...outcome, endedAt, ...(left > 0 ? { left } : {}) };
    // From here on whoever reads meets the end of the file after the last byte; `readers` keep unread bytes alive.
    for (const fd of this.#writers.splice(0)) closeSync(fd);
  }

  discard(): void {
    for (const fd of this.#readers.splice(0)) closeSync(fd);
    for (const path of this.#made) rmSync(path, { force: true });
  }

  async #openPipes(): Promise<void> {
    const paths = [...new Set([this.#ask.out, this.#ask.err])];
    const missing = paths.filter((path) => lstatSync(path, { throwIfNoEntry: false }) === undefined);
    try {
      // Node has no call for it.
      if (missing.length > 0) await runFile("mkfifo", ["-m", "600", ...missing]);
      this.#made.push(...missing);
    } catch (error) {
      throw new Error(`cannot make the pipes: ${reasonOf(error as NodeJS.ErrnoException)}`);
    }
    for (const path of paths) this.#openPipe(path);
  }

  #openPipe(path: string): void {
    try {
      if (!statSync(path).isFIFO()) throw new Error("File exists");
      // Held at both ends: the death of a worker neither loses what a pipe holds nor ends the attempt by SIGPIPE.
      this.#readers.push(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
      this.#writers.push(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      throw new Error(`cannot use the pipe ${path}: ${reasonOf(error as NodeJS.ErrnoException)}`);
    }
  }

  async #spawn(argv: readonly string[], cwd: string, env: Record<string, string>): Promise<ChildProcess> {
    const name = argv[0] ?? "";
    const program = findProgram(name, cwd, env.PATH);
    const pipes = [this.#ask.out, this.#ask.err].map((path) => openSync(path, constants.O_WRONLY));
    try {
      const stdio = ["ignore", pipes[0] ?? "ignore", pipes[1] ?? "ignore"] as const;
      const child = spawn(program, argv.slice(1), { argv0: name, cwd, env, stdio: [...stdio], detached: true });
      const { promise, resolve: spawned, reject } = Promise.withResolvers<void>();
      child.once("spawn", spawned);
      child.once("error", reject);
      this.pid = child.pid ?? 0;
      // Its status is asked for in a later turn of the loop, so it is there, dead or alive.
      this.startTime = this.pid === 0 ? 0 : readStartTime(this.pid);
      await promise;
      return child;
    } finally {
      for (const fd of pipes) closeSync(fd);
    }
  }
}

function checkFolder(cwd: string): void {
  const refuse = (reason: string) => new Error(`cannot enter the working directory "${cwd}": ${reason}`);
  const found = statSync(cwd, { throwIfNoEntry: false });
  if (found === undefined) throw refuse("No such file or directory");
  if (!found.isDirectory()) throw refuse("Not a directory");
}

function reasonOf(error: NodeJS.ErrnoException): string {
  const known = error.errno === undefined ? undefined : getSystemErrorMap().get(error.errno);
  return known?.[1] ?? error.message.trim();
}
