import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { hasLeak, leaksIn } from "#test/canaries.ts";
import { type DatabaseRows, databaseRows } from "#test/database-rows.ts";
import { newDatabase, type TestDatabase } from "./store-place.ts";

const sources = [fileURLToPath(new URL("../src/main.ts", import.meta.url))];

export interface ServerOptions {
  /** A data folder to use again; a new one otherwise. */
  readonly dataFolder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Node's options and its program: the sources unless said otherwise. */
  readonly argv?: readonly string[];
  /** An admin's API token, where the server asks for one that it does not print. */
  readonly token?: string;
}

/** The server as users start it: a process of its own with its own worker and launcher, on a free port. */
export class ServerProcess {
  readonly url: string;
  readonly dataFolder: string;
  /** What it has printed. */
  readonly output: readonly string[];
  readonly #child: ChildProcess;
  readonly #token: string | undefined;

  private constructor(
    url: string,
    dataFolder: string,
    output: readonly string[],
    child: ChildProcess,
    token: string | undefined,
  ) {
    this.#token = token;
    this.url = url;
    this.dataFolder = dataFolder;
    this.output = output;
    this.#child = child;
  }

  static async start({
    dataFolder,
    environment = {},
    argv = sources,
    token,
  }: ServerOptions = {}): Promise<ServerProcess> {
    const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), "tributary-server-")));
    const output: string[] = [];
    const database = environment.TRIBUTARY_DATABASE_URL === undefined ? await databaseOf(folder) : undefined;
    const child = spawn(process.execPath, argv, {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TRIBUTARY_PORT: "0",
        TRIBUTARY_EXAMPLE: "off",
        TRIBUTARY_DATA: folder,
        ...(database && { TRIBUTARY_DATABASE_URL: database }),
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    createInterface({ input: child.stderr! }).on("line", (line) => output.push(line));
    const lines = createInterface({ input: child.stdout! });
    const url = await new Promise<string>((resolve, reject) => {
      lines.on("line", (line) => {
        output.push(line);
        const match = /serves (http:\S+)/.exec(line);
        if (match?.[1]) resolve(match[1]);
      });
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${output.join("\n")}`)));
    });
    return new ServerProcess(url, folder, output, child, token);
  }

  /** The API token of an admin: given, or the first one that was printed. */
  get token(): string | undefined {
    return this.#token ?? /only now: (trib_\w+)/.exec(this.output.join("\n"))?.[1];
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** As a machine that is switched off would: nothing is said, nothing is cleaned up. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  /** In good order. Answers the exit code. */
  async end(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const [code] = (await exited) as [number | null];
    return code;
  }

  /** In good order, with its worker, which ends its launcher; for who has nothing running. Queued tasks stay. */
  async endWithWorker(): Promise<void> {
    await this.end();
    await endProcess(await pidIn(join(this.dataFolder, "worker/worker.pid")), "SIGTERM");
  }

  async #endTasks(): Promise<void> {
    // One that was killed answers nothing; its tasks are then what the test left running on purpose.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const { token } = this;
    const asAdmin: Interceptor = (next) => (request) => {
      if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
      return next(request);
    };
    const transport = createConnectTransport({ baseUrl: this.url, httpVersion: "1.1", interceptors: [asAdmin] });
    const tasks = createClient(TaskService, transport);
    const states = [TaskState.WAITING, TaskState.QUEUED, TaskState.ACTIVE, TaskState.CANCELLING];
    for (let n = 0; n < 200; n++) {
      const open = (await tasks.listTasks({ filter: { states } })).tasks;
      if (open.length === 0) return;
      await Promise.allSettled(open.map(({ id }) => tasks.cancelTask({ id })));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the tasks of a test's server do not end");
  }

  /** The tables of its database. */
  get rows(): DatabaseRows {
    return databaseRows(this.dataFolder, databases.get(this.dataFolder)?.url);
  }

  /** Files, tables and printed lines that have a canary in them: of all, or of those that are given. */
  async leaks(values?: readonly string[]): Promise<readonly string[]> {
    const found = await leaksIn(this.dataFolder, this.rows, values);
    return [...found, ...this.output.filter((line) => hasLeak(line, values))];
  }

  /**
   * Ends its tasks, which would outlive it, then it and its worker, which ends its launcher; deletes the data folder.
   *
   * @throws Error when a canary that some test of this process used as a secret is anywhere in that folder, or was printed
   */
  async destroy(): Promise<void> {
    await this.#endTasks();
    await this.endWithWorker();
    const leaks = await this.leaks();
    await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    await databases.get(this.dataFolder)?.drop();
    databases.delete(this.dataFolder);
    if (leaks.length > 0) throw new Error(`a secret of this test is in\n${leaks.join("\n")}`);
  }
}

/** Where the stores of this run are PostgreSQL's: the database of each data folder. */
const databases = new Map<string, TestDatabase>();

async function databaseOf(dataFolder: string): Promise<string | undefined> {
  const known = databases.get(dataFolder) ?? (await newDatabase());
  if (known) databases.set(dataFolder, known);
  return known?.url;
}

async function pidIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** Waits until the process has gone, ten seconds at most. */
async function endProcess(pid: number | undefined, signal: NodeJS.Signals): Promise<void> {
  if (pid === undefined) return;
  for (let n = 0; n < 200; n++) {
    try {
      process.kill(pid, n === 0 ? signal : 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`process ${pid} does not end`);
}
