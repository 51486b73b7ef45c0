import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const folder = fileURLToPath(new URL("../../../proto/taskqueue", import.meta.url));

/** What scitq's own stub has, made of the `.proto` file alone. */
const { taskqueue } = grpc.loadPackageDefinition(
  loadSync(`${folder}/taskqueue/taskqueue.proto`, { keepCase: true, defaults: true, includeDirs: [folder] }),
) as unknown as { readonly taskqueue: { readonly TaskQueue: grpc.ServiceClientConstructor } };

/** Always TLS with HTTP/2, and never looks at the certificate, as scitq's programs do. */
function connect(port: number): grpc.Client {
  return new taskqueue.TaskQueue(
    `127.0.0.1:${port}`,
    grpc.credentials.createSsl(null, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined }),
    // A connection of its own, as each of scitq's programs has.
    {
      "grpc.ssl_target_name_override": "localhost",
      "grpc.use_local_subchannel_pool": 1,
      "grpc.max_receive_message_length": 64 * 2 ** 20,
    },
  );
}

export interface WireTask {
  readonly task_id: number;
  readonly command: string;
  readonly container: string;
  readonly status: string;
}

export interface WireLog {
  readonly task_id: number;
  readonly log_type: string;
  readonly log_text: string;
}

/** Every RPC as scitq's stub calls it: a deadline of 5 s for unary ones, no metadata unless told. */
export class ScitqStub {
  readonly client: grpc.Client;

  constructor(port: number) {
    this.client = connect(port);
  }

  close(): void {
    this.client.close();
  }

  unary<T>(method: string, request: object, deadlineMs = 5_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + deadlineMs;
      this.#call(method)(request, new grpc.Metadata(), { deadline }, (error: grpc.ServiceError | null, answer: T) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  register(name: string, concurrency?: number): Promise<{ worker_id: number }> {
    return this.unary("RegisterWorker", { name, ...(concurrency === undefined ? {} : { concurrency }) });
  }

  ping(worker_id: number): Promise<{ tasks: WireTask[]; concurrency: number }> {
    return this.unary("PingAndTakeNewTasks", { worker_id });
  }

  async status(task_id: number, new_status: string): Promise<boolean> {
    return (await this.unary<{ success: boolean }>("UpdateTaskStatus", { task_id, new_status })).success;
  }

  async submit(command: string, container = ""): Promise<number> {
    return (await this.unary<{ task_id: number }>("SubmitTask", { command, container })).task_id;
  }

  async list(status_filter?: string): Promise<WireTask[]> {
    const request = status_filter === undefined ? {} : { status_filter };
    return (await this.unary<{ tasks: WireTask[] }>("ListTasks", request, 60_000)).tasks;
  }

  async letter(task_id: number): Promise<string | undefined> {
    return (await this.list()).find((task) => task.task_id === task_id)?.status;
  }

  async workers(): Promise<{ worker_id: number; name: string; concurrency: number }[]> {
    return (
      await this.unary<{ workers: { worker_id: number; name: string; concurrency: number }[] }>("ListWorkers", {})
    ).workers;
  }

  /** A stream for output, and what it is answered. */
  logs(): { readonly stream: grpc.ClientWritableStream<WireLog>; readonly ack: Promise<{ success: boolean }> } {
    const { promise: ack, resolve, reject } = Promise.withResolvers<{ success: boolean }>();
    const stream = this.#call("SendTaskLogs")((error: grpc.ServiceError | null, answer: { success: boolean }) =>
      error ? reject(error) : resolve(answer),
    ) as grpc.ClientWritableStream<WireLog>;
    // Who takes the stream back does not wait for an answer.
    ack.catch(() => {});
    return { stream, ack };
  }

  /** All at once, to the answer at the end. */
  sendLogs(...messages: readonly Partial<WireLog>[]): Promise<{ success: boolean }> {
    const { stream, ack } = this.logs();
    for (const message of messages) stream.write({ task_id: 0, log_type: "stdout", log_text: "", ...message });
    stream.end();
    return ack;
  }

  /** What a task has written, to the end of the stream. */
  async output(task_id: number, metadata: Readonly<Record<string, string>> = {}): Promise<WireLog[]> {
    const lines: WireLog[] = [];
    for await (const line of this.follow(task_id, metadata)) lines.push(line);
    return lines;
  }

  follow(task_id: number, metadata: Readonly<Record<string, string>> = {}): grpc.ClientReadableStream<WireLog> {
    const headers = new grpc.Metadata();
    for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
    return this.#call("StreamTaskLogs")({ task_id }, headers) as grpc.ClientReadableStream<WireLog>;
  }

  #call(method: string): (...args: unknown[]) => unknown {
    const { client } = this;
    const found = (client as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>)[method];
    if (!found) throw new Error(`the stub has no ${method}`);
    return found.bind(client);
  }
}

export interface ScitqWorkerOptions {
  readonly name: string;
  readonly concurrency?: number;
  /** Milliseconds that it sleeps when there is nothing to do, and when it has just got something; 5 s and 1 s in truth. */
  readonly pauses?: { readonly idle: number; readonly busy: number };
  /** Runs a task instead of a shell: answers the exit code. */
  readonly run?: (task: WireTask, write: (type: "stdout" | "stderr", line: string) => void) => Promise<number>;
}

/**
 * scitq's worker of February 2025: registers, asks for tasks, accepts each when it has a slot for it, runs it by a shell,
 * sends its output line by line on one stream which it then takes back, and tells S or F.
 */
export class ScitqWorker {
  readonly stub: ScitqStub;
  readonly workerId: number;
  /** Ids of the tasks that it was allowed to run, in order. */
  readonly ran: number[] = [];
  readonly #options: ScitqWorkerOptions;
  readonly #stop = new AbortController();
  #running = new Set<Promise<void>>();
  #slots: number;
  #loop: Promise<void> = Promise.resolve();

  private constructor(stub: ScitqStub, workerId: number, options: ScitqWorkerOptions) {
    this.stub = stub;
    this.workerId = workerId;
    this.#options = options;
    this.#slots = options.concurrency ?? 2;
  }

  static async start(port: number, options: ScitqWorkerOptions): Promise<ScitqWorker> {
    const stub = new ScitqStub(port);
    const { worker_id } = await stub.register(options.name, options.concurrency ?? 2);
    const worker = new ScitqWorker(stub, worker_id, options);
    worker.#loop = worker.#work();
    return worker;
  }

  /** Asks for no more, and lets what runs end. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
    this.stub.close();
  }

  async #work(): Promise<void> {
    const { idle, busy } = this.#options.pauses ?? { idle: 20, busy: 5 };
    while (!this.#stop.signal.aborted) {
      const given = await this.stub.ping(this.workerId).catch(() => undefined);
      if (given) this.#slots = given.concurrency;
      for (const task of given?.tasks ?? []) await this.#take(task);
      await sleep(given && given.tasks.length > 0 ? busy : idle, undefined, { signal: this.#stop.signal }).catch(
        () => {},
      );
    }
  }

  /** Its main loop waits here for a slot, and asks for nothing meanwhile. */
  async #take(task: WireTask): Promise<void> {
    while (this.#running.size >= this.#slots) await Promise.race(this.#running);
    if (task.status !== "A" || this.#stop.signal.aborted) return;
    const allowed = await this.stub.status(task.task_id, "C").catch(() => false);
    if (!allowed) return;
    this.ran.push(task.task_id);
    const run = this.#run(task).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #run(task: WireTask): Promise<void> {
    const { stream } = this.stub.logs();
    stream.on("error", () => {});
    const write = (log_type: "stdout" | "stderr", log_text: string) =>
      void stream.write({ task_id: task.task_id, log_type, log_text });
    const code = await (this.#options.run ?? runInShell)(task, write);
    // Never reads the answer; half-closes, and takes the stream back as it goes.
    stream.end();
    await this.stub.status(task.task_id, code === 0 ? "S" : "F").catch(() => undefined);
    stream.cancel();
  }
}

async function runInShell(
  { command, container }: WireTask,
  write: (type: "stdout" | "stderr", line: string) => void,
): Promise<number> {
  if (container !== "" && container !== "bare") return 125;
  const child = spawn("sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"] });
  const read = async (type: "stdout" | "stderr", from: Readable) => {
    for await (const line of createInterface({ input: from })) write(type, line);
  };
  const code = new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (status) => resolve(status ?? 1));
  });
  await Promise.all([read("stdout", child.stdout), read("stderr", child.stderr)]);
  return code;
}
