import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import type { Task, TaskListAndOther, TaskStatusUpdateSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { ScitqClient, type ScitqClientOptions } from "./scitq-client.ts";

export interface NewestWorkerOptions extends ScitqClientOptions {
  readonly name: string;
  readonly concurrency?: number;
  readonly effectiveConcurrency?: number;
  readonly failureClass?: string;
  /** Milliseconds between pings while there is nothing new; 5 s in truth. */
  readonly idleMs?: number;
  /** Milliseconds after which what the server does not know is ended; 3 s in truth. */
  readonly orphanMs?: number;
}

/** Codes after which an end is not told again. */
const final: readonly unknown[] = [status.NOT_FOUND, status.FAILED_PRECONDITION];

interface Held {
  child?: ChildProcess;
  unknownSince?: number;
  orphaned?: boolean;
}

/**
 * scitq's worker of August 2026, as far as a server sees it: what it asks for at first, pings that list what it has and
 * follow one another while there is work, letters with tries, output on streams whose answer it waits for, and an end for
 * what the server does not list.
 */
export class NewestWorker {
  readonly client: ScitqClient;
  /** Ids of tasks as they were begun, in order. */
  readonly ran: number[] = [];
  /** Ids of tasks that the server did not let it begin. */
  readonly refused: number[] = [];
  readonly orphans: number[] = [];
  readonly signals: string[] = [];
  /** Calls that were refused, as `F: 9`. */
  readonly refusals: string[] = [];
  workerId = 0;
  readonly #options: NewestWorkerOptions;
  readonly #held = new Map<number, Held>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #slots: number;
  #loop: Promise<void> = Promise.resolve();

  private constructor(options: NewestWorkerOptions) {
    this.#options = options;
    this.client = new ScitqClient(options);
    this.#slots = options.concurrency ?? 1;
  }

  static async start(options: NewestWorkerOptions): Promise<NewestWorker> {
    const worker = new NewestWorker(options);
    await worker.client.unary("getRcloneConfig", {});
    await worker.client.unary("getDockerCredentials", {});
    const { name, concurrency = 1 } = options;
    const about = {
      isPermanent: true,
      provider: "",
      region: "",
      version: "test",
      buildArch: "linux/amd64",
      gpuCount: 0,
    };
    worker.workerId = (await worker.client.unary("registerWorker", { name, concurrency, ...about })).workerId;
    const machine = { workerId: String(worker.workerId), cpu: 4, mem: 16, disk: 100 };
    await worker.client.unary("registerSpecifications", machine).catch(() => undefined);
    worker.#loop = worker.#work();
    return worker;
  }

  /** Asks no more, lets what runs end, and goes. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#running);
    this.client.close();
  }

  /** It is gone as a machine is that loses its power. */
  async kill(): Promise<void> {
    this.#stop.abort();
    this.client.close();
    for (const { child } of this.#held.values()) kill(child);
    await this.#loop;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const answer = await this.#ping().catch(() => undefined);
      const fresh = answer ? this.#take(answer) : 0;
      if (fresh === 0) await sleep(this.#options.idleMs ?? 20, undefined, { signal }).catch(() => {});
    }
  }

  #ping(): Promise<TaskListAndOther> {
    const effectiveConcurrency = this.#options.effectiveConcurrency ?? this.#slots;
    return this.client.unary("pingAndTakeNewTasks", {
      workerId: this.workerId,
      stats: {
        cpuUsagePercent: 12.5,
        memUsagePercent: 40,
        disks: [{ deviceName: "/", usagePercent: 70 }],
        effectiveConcurrency,
      },
      knownTaskIds: [...this.#held.keys()],
      reportsKnownTasks: true,
    });
  }

  /** How many tasks were new. */
  #take({ tasks, activeTasks, updates, concurrency, signals }: TaskListAndOther): number {
    // It looks into it without asking whether it is there.
    if (!updates) throw new Error("the worker has crashed: updates is absent");
    this.#slots = concurrency;
    for (const { taskId, signal } of signals) {
      this.signals.push(`${signal} ${taskId}`);
      kill(this.#held.get(taskId)?.child, signal === "T" ? "SIGTERM" : "SIGKILL");
    }
    this.#endOrphans(new Set([...tasks.map(({ taskId }) => taskId), ...activeTasks]));
    const fresh = tasks.filter((task) => task.status === "A" && !this.#held.has(task.taskId));
    for (const task of fresh) {
      this.#held.set(task.taskId, {});
      const run = this.#run(task)
        .catch((error: unknown) => {
          // One that was killed meanwhile calls nobody any more.
          kill(this.#held.get(task.taskId)?.child);
          if (!this.#stop.signal.aborted) throw error;
        })
        .finally(() => {
          this.#held.delete(task.taskId);
          this.#running.delete(run);
        });
      this.#running.add(run);
    }
    return fresh.length;
  }

  #endOrphans(listed: ReadonlySet<number>): void {
    const now = performance.now();
    for (const [taskId, held] of this.#held) {
      if (listed.has(taskId)) delete held.unknownSince;
      else held.unknownSince ??= now;
      if (held.orphaned || now - (held.unknownSince ?? now) < (this.#options.orphanMs ?? 300)) continue;
      held.orphaned = true;
      this.orphans.push(taskId);
      kill(held.child);
    }
  }

  async #run(task: Task): Promise<void> {
    const { taskId } = task;
    while (this.ran.length - this.#ended >= this.#slots) await this.#slotFree.promise;
    if (!(await this.#tell({ taskId, newStatus: "C" }, 3))) {
      this.refused.push(taskId);
      return;
    }
    this.ran.push(taskId);
    await this.#tell({ taskId, newStatus: "R" }, 3);
    const begun = performance.now();
    const code = await this.#execute(task);
    const duration = Math.round((performance.now() - begun) / 1_000);
    await this.client.unary("reportWorkerEvent", { workerId: this.workerId, level: "I" }).catch(() => undefined);
    await this.#tell({ taskId, newStatus: code === 0 ? "U" : "V", duration }, 3);
    const { failureClass } = this.#options;
    const failed = { newStatus: "F", ...(failureClass === undefined ? {} : { failureClass }) };
    await this.#tell({ taskId, duration: 0, ...(code === 0 ? { newStatus: "S" } : failed) }, 1_000);
    this.#ended += 1;
    this.#slotFree.resolve();
    this.#slotFree = Promise.withResolvers();
  }

  #ended = 0;
  #slotFree = Promise.withResolvers<void>();

  /** False when it was refused. */
  async #tell(update: MessageInitShape<typeof TaskStatusUpdateSchema>, tries: number): Promise<boolean> {
    for (let left = tries; left > 0; left -= 1) {
      const error = await this.client.unary("updateTaskStatus", update).then(
        () => undefined,
        (thrown: { readonly code: unknown }) => thrown,
      );
      if (!error) return true;
      this.refusals.push(`${update.newStatus}: ${error.code}`);
      if (final.includes(error.code)) return false;
      if (this.#stop.signal.aborted) return false;
      await sleep(20);
    }
    return false;
  }

  async #execute({ taskId, command, shell, container }: Task): Promise<number> {
    if (container !== "bare") return 125;
    const child = spawn(shell ?? "sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"], detached: true });
    const held = this.#held.get(taskId);
    if (held) held.child = child;
    const logs = this.client.sendLogs();
    const read = async (logType: string, from: NodeJS.ReadableStream) => {
      for await (const logText of createInterface({ input: from })) logs.send({ taskId, logType, logText });
    };
    const closed = once(child, "close") as Promise<[number | null]>;
    await Promise.all([read("stdout", child.stdout), read("stderr", child.stderr)]);
    const [code] = await closed;
    await logs.end().catch((error: { readonly code: unknown }) => this.refusals.push(`logs: ${error.code}`));
    return code ?? 137;
  }
}

/** Its whole group, as its container is the end of all in it. */
function kill(child: ChildProcess | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has just ended.
  }
}
