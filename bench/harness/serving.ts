import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { builtServer } from "../../apps/server/test/built-server.ts";
import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { endWorkerOf } from "./end-worker.ts";

const profileFolder = process.env.BENCH_PROFILE;
/** With `BENCH_PROFILE=folder`, processors' profiles of servers are left there. */
const profiled = profileFolder ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileFolder}` } : {};

/** A real server in a process of its own, as users start it. */
export class Serving {
  readonly process: ServerProcess;
  /** As clients come. */
  readonly transport: Transport;
  /** As workers come. */
  readonly workers: Transport;
  /** Where they come. */
  readonly workersSocket: string;

  constructor(process: ServerProcess) {
    this.process = process;
    this.transport = createGrpcTransport({ baseUrl: process.url });
    const path = join(process.dataFolder, "run/server.sock");
    this.workersSocket = path;
    this.workers = createGrpcTransport({ baseUrl: "http://localhost", nodeOptions: { path }, acceptCompression: [] });
  }

  /** Calls with a server, which goes afterwards with all that it ran, unless its folder is to be kept. */
  static async with<T>(
    options: {
      readonly slots: number;
      readonly dataFolder?: string;
      readonly keep?: boolean;
      readonly environment?: Readonly<Record<string, string>>;
    },
    act: (serving: Serving) => Promise<T>,
  ): Promise<T> {
    const environment = {
      ...builtServer.environment,
      TRIBUTARY_SLOTS: String(options.slots),
      ...profiled,
      ...options.environment,
    };
    const serving = new Serving(await ServerProcess.start({ ...options, ...builtServer, environment }));
    try {
      return await act(serving);
    } finally {
      if (options.keep) {
        await serving.process.end();
        endWorkerOf(serving.process.dataFolder);
      } else await serving.process.destroy();
    }
  }

  /** Gives the worker of this machine something to do for as long as the server lives, so that it takes nothing else. */
  async occupyLocalWorker(): Promise<number> {
    const tasks = createClient(TaskService, this.transport);
    const { taskId: id } = await createClient(TaskQueue, this.transport).submitTask({ command: "sleep 3600" });
    while ((await tasks.getTask({ id })).task?.state !== TaskState.ACTIVE) await sleep(20);
    return id;
  }

  /** Ends what occupies the worker: for servers whose folder is kept, with tasks in it that are not to be run. */
  async endTask(id: number): Promise<void> {
    const tasks = createClient(TaskService, this.transport);
    await tasks.cancelTask({ id });
    while ((await tasks.getTask({ id })).task?.state !== TaskState.CANCELLED) await sleep(20);
  }

  /** Copies what is in the store now. */
  async copyDatabase(to: string): Promise<void> {
    const database = new DatabaseSync(join(this.process.dataFolder, "tributary.db"), { readOnly: true });
    await backup(database, to);
    database.close();
  }

  /** Queues so many tasks with a command of this length, several calls at a time. */
  async fill(count: number, command = "x".repeat(300)): Promise<void> {
    const queue = createClient(TaskQueue, this.transport);
    let left = count;
    const submitAll = async () => {
      while (left-- > 0) await queue.submitTask({ command });
    };
    await Promise.all(Array.from({ length: 64 }, submitAll));
  }
}
