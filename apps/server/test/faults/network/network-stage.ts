import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService, LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { type GetTaskResponse, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { Role, TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { ServerProcess } from "#test/server-process.ts";
import { FarWorker } from "./far-worker.ts";
import { FaultyLink } from "./faulty-link.ts";

const ended = [TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED];
const longestWait = 120_000;

/** A server with its own worker, and another worker behind a link that fails. */
export class NetworkStage {
  readonly server: ServerProcess;
  readonly link: FaultyLink;
  readonly far: FarWorker;
  /** Where tasks say that they have begun. */
  readonly ledger: string;
  readonly #folder: string;
  /** As an admin. */
  readonly transport: Transport;

  private constructor(server: ServerProcess, link: FaultyLink, far: FarWorker, folder: string, transport: Transport) {
    this.server = server;
    this.link = link;
    this.far = far;
    this.#folder = folder;
    this.ledger = join(folder, "begun");
    this.transport = transport;
  }

  static async open(): Promise<NetworkStage> {
    const server = await ServerProcess.start({ environment: { TRIBUTARY_AUTH: "required", TRIBUTARY_SLOTS: "1" } });
    while (server.token === undefined) await sleep(20);
    const asAdmin: Interceptor = (next) => (request) => {
      request.header.set("authorization", `Bearer ${server.token}`);
      return next(request);
    };
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1", interceptors: [asAdmin] });
    const folder = await mkdtemp(join(tmpdir(), "tributary-network-"));
    const link = await FaultyLink.open(() => server.url);
    const { text } = await createClient(TokenService, transport).createToken({ name: "far", role: Role.WORKER });
    const far = FarWorker.start({ server: link.url, token: text, folder: join(folder, "far"), name: "far", slots: 3 });
    const stage = new NetworkStage(server, link, far, folder, transport);
    await appendFile(stage.ledger, "");
    await stage.until("the worker", async () => (await stage.farId()) !== undefined);
    return stage;
  }

  /** While it is online. */
  async farId(): Promise<string | undefined> {
    const { workers } = await createClient(WorkerService, this.transport).listWorkers({});
    return workers.find(({ name, online }) => name === "far" && online)?.id;
  }

  async submit(command: string): Promise<number> {
    return (await createClient(TaskQueue, this.transport).submitTask({ command })).taskId;
  }

  /** Has the server's own worker do something that lasts, so that all else is the far one's. */
  async keepNearBusy(): Promise<void> {
    const farId = await this.farId();
    const ids = await Promise.all(Array.from({ length: 4 }, () => this.submit("sleep 900")));
    await this.until("all to be given out", async () => {
      const told = await Promise.all(ids.map((id) => this.read(id)));
      return told.every(({ task }) => task?.state === TaskState.ACTIVE);
    });
    for (const id of ids) if ((await this.read(id)).task?.workerId === farId) await this.cancel(id);
  }

  async cancel(id: number): Promise<void> {
    await createClient(TaskService, this.transport).cancelTask({ id });
  }

  read(id: number): Promise<GetTaskResponse> {
    return createClient(TaskService, this.transport).getTask({ id });
  }

  /** All lines of a task's log that its processes wrote. */
  async lines(taskId: number): Promise<string[]> {
    const { lines } = await createClient(LogService, this.transport).readLogLines({
      taskId,
      limit: 1_000,
      streams: [LogStream.STDOUT],
    });
    return lines.map(({ text }) => text);
  }

  async whenEnded(id: number): Promise<GetTaskResponse> {
    await this.until(`the end of task ${id}`, async () => ended.includes((await this.read(id)).task!.state));
    return this.read(id);
  }

  /** Lines of the ledger. */
  async begun(): Promise<readonly string[]> {
    return (await readFile(this.ledger, "utf8")).split("\n").slice(0, -1);
  }

  /** @throws Error after two minutes */
  async until(what: string, look: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + longestWait;
    while (!(await look())) {
      if (performance.now() > deadline)
        throw new Error(`waited in vain for ${what}; the worker said\n${this.far.said}`);
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    this.link.set({});
    await this.far.end();
    await this.server.destroy();
    await this.link.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
