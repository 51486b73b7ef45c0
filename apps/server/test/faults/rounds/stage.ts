import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { LogService, LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { ServerProcess } from "#test/server-process.ts";
import { type Acknowledged, readAcknowledged } from "./acknowledgements.ts";
import type { DriverOptions } from "./driver.ts";
import { type Evidence, type Kill, readStore } from "./evidence.ts";
import { findLosses, findViolations } from "./find-violations.ts";
import { Ledger } from "./ledger.ts";
import type { Round, Victim } from "./plan.ts";

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const driver = fileURLToPath(new URL("./driver.ts", import.meta.url));
const open = [TaskState.WAITING, TaskState.QUEUED, TaskState.ACTIVE, TaskState.CANCELLING];
/** Longest that the last task may take, back-offs of a task that was lost three times included. */
const settleSeconds = 60;

/** A server under load that is killed again and again. */
export class Stage {
  /** Everything that is left when it fails. */
  readonly folder: string;
  readonly kills: Kill[] = [];
  readonly #port: number;
  readonly #ledger: Ledger;
  readonly #acknowledgedFile: string;
  #server: ServerProcess;
  #driver: ChildProcess | undefined;
  /** Logs that were looked at. */
  readonly #logs = new Map<number, readonly string[]>();

  private constructor(folder: string, port: number, server: ServerProcess) {
    this.folder = folder;
    this.#port = port;
    this.#server = server;
    this.#ledger = new Ledger(folder);
    this.#acknowledgedFile = join(folder, "acknowledged");
    writeFileSync(this.#acknowledgedFile, "");
  }

  static async open(seed: number): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), "tributary-faults-"));
    const port = await freePort();
    const stage = new Stage(folder, port, await startServer(folder, port));
    await stage.#startDriver(seed);
    return stage;
  }

  /** Answers what was lost. */
  async play({ load, victims, away, boot }: Round): Promise<string[]> {
    await sleep(load);
    if (this.#driver?.exitCode !== null) return ["the driver has ended"];
    const from = Date.now();
    for (const victim of victims) await this.#kill(victim);
    if (victims.includes("server") || victims.includes("boot")) {
      await sleep(away);
      if (victims.includes("boot")) await this.#boot(boot);
      this.#server = await startServer(this.folder, this.#port);
    }
    this.kills.push(...victims.map((victim) => ({ victim, from, until: Date.now() })));
    // First what was promised, then what is there.
    const acknowledged = this.#acknowledged();
    return findLosses(readStore(join(this.#server.dataFolder, "tributary.db")), acknowledged);
  }

  /** Lets all tasks end, answers what is wrong, and lets the load go on. */
  async settle(): Promise<string[]> {
    await this.#pauseDriver();
    const tasks = createClient(TaskService, this.#transport());
    const deadline = Date.now() + settleSeconds * 1_000;
    while ((await tasks.listTasks({ filter: { states: open }, pageSize: 1 })).total > 0 && Date.now() < deadline)
      await sleep(50);
    const found = findViolations(await this.evidence());
    this.#driver!.send("go on");
    return found;
  }

  async evidence(): Promise<Evidence> {
    const acknowledged = this.#acknowledged();
    const store = readStore(join(this.#server.dataFolder, "tributary.db"));
    for (const { id, attempt } of store.tasks)
      if (!this.#logs.has(id)) this.#logs.set(id, await this.#readLog(id, attempt));
    return { ...store, acknowledged, ledger: this.#ledger.read(), kills: this.kills, logs: this.#logs };
  }

  /** Ends everything; keeps the folder of a run that found something. */
  async close(keep: boolean): Promise<void> {
    // The driver is a worker, too: what it has must end before it goes.
    if (this.#driver?.exitCode === null) await this.#pauseDriver();
    await (keep ? this.#server.end() : this.#server.destroy());
    if (this.#driver?.exitCode === null) {
      const ended = once(this.#driver, "exit");
      this.#driver.kill("SIGKILL");
      await ended;
    }
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  async #pauseDriver(): Promise<void> {
    const paused = once(this.#driver!, "message");
    this.#driver!.send("pause");
    await paused;
  }

  #acknowledged(): Acknowledged[] {
    return readAcknowledged(this.#acknowledgedFile);
  }

  #transport() {
    return createConnectTransport({ baseUrl: this.#server.url, httpVersion: "1.1" });
  }

  async #startDriver(seed: number): Promise<void> {
    const { folder } = this;
    const socketPath = join(this.#server.dataFolder, "run/server.sock");
    const options: DriverOptions = {
      url: this.#server.url,
      socketPath,
      folder,
      acknowledgedFile: this.#acknowledgedFile,
      seed,
    };
    this.#driver = spawn(process.execPath, [driver, JSON.stringify(options)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    await once(this.#driver, "message");
  }

  async #kill(victim: Victim): Promise<void> {
    const worker = join(this.#server.dataFolder, "worker");
    if (victim === "server" || victim === "boot") await this.#server.kill();
    if (victim === "worker") killProcessIn(join(worker, "worker.pid"));
    if (victim === "launcher") killProcessIn(join(worker, "launcher/launcher.lock"));
  }

  /** A start that is cut off. */
  async #boot(milliseconds: number): Promise<void> {
    const child = spawn(process.execPath, [main], {
      env: environmentOf(this.folder, this.#port),
      stdio: "ignore",
    });
    const exited = once(child, "exit");
    await sleep(milliseconds);
    child.kill("SIGKILL");
    await exited;
  }

  async #readLog(taskId: number, last: number): Promise<string[]> {
    const { lines } = await createClient(LogService, this.#transport()).readLogLines({ taskId, limit: 5_000 });
    return lines.flatMap(({ attempt, stream, text }) =>
      attempt === last && stream === LogStream.STDOUT ? [text] : [],
    );
  }
}

const environmentOf = (folder: string, port: number) => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  TRIBUTARY_DATA: join(folder, "data"),
  TRIBUTARY_PORT: String(port),
  TRIBUTARY_EXAMPLE: "off",
  TRIBUTARY_SLOTS: "4",
});

function startServer(folder: string, port: number): Promise<ServerProcess> {
  const environment = { TRIBUTARY_PORT: String(port), TRIBUTARY_SLOTS: "4" };
  return ServerProcess.start({ dataFolder: join(folder, "data"), environment });
}

/** One that is just not there is as good as killed. */
function killProcessIn(file: string): void {
  try {
    const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
