import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { type Acknowledged, recorderOf } from "./acknowledgements.ts";
import { Ledger } from "./ledger.ts";
import { planTask, type TaskPlan } from "./plan.ts";
import { ScriptedWorker } from "./scripted-worker.ts";

/** What the driver is told on its command line, as JSON. */
export interface DriverOptions {
  readonly url: string;
  /** The workers' door. */
  readonly socketPath: string;
  /** For its records. */
  readonly folder: string;
  readonly acknowledgedFile: string;
  readonly seed: number;
}

/** More open tasks than this are load enough. */
const mostOpen = 24;
const python = { case: "custom" as const };

/**
 * Loads a server that may die at any moment, through three APIs, and writes down what it promises. A process of its own,
 * as what it has written must not depend on what happens to anybody else.
 */
class Driver {
  readonly #options: DriverOptions;
  readonly #ledger: Ledger;
  readonly #record: (acknowledged: Acknowledged) => void;
  readonly #web: Transport;
  readonly #grpc: Transport;
  readonly #connect: Transport;
  #paused = false;
  #number = 0;
  #project: string | undefined;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.folder);
    this.#record = recorderOf(options.acknowledgedFile);
    const to = { baseUrl: options.url, defaultTimeoutMs: 5_000 };
    this.#web = createGrpcWebTransport({ ...to, httpVersion: "1.1" });
    this.#grpc = createGrpcTransport(to);
    this.#connect = createConnectTransport({ ...to, httpVersion: "1.1" });
  }

  async run(): Promise<never> {
    process.on("message", (message) => void this.#obey(message));
    // Whoever started it has gone: nothing is left to do.
    process.on("disconnect", () => process.exit(0));
    void new ScriptedWorker(this.#options.socketPath, this.#ledger, this.#record).run();
    process.send?.("ready");
    for (;;) {
      // In this order: it may be told to pause while it waits to hear how busy the server is.
      if ((await this.#isBusy()) || this.#paused) await sleep(20);
      else {
        const plan = planTask(this.#options.seed, ++this.#number);
        this.#track(this.#submit(plan));
        await sleep(plan.next);
      }
    }
  }

  /** Pausing is answered when nothing is under way. */
  async #obey(message: unknown): Promise<void> {
    this.#paused = message === "pause";
    if (!this.#paused) return;
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    process.send?.("paused");
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  async #isBusy(): Promise<boolean> {
    const states = [TaskState.WAITING, TaskState.QUEUED, TaskState.ACTIVE, TaskState.CANCELLING];
    const list = createClient(TaskService, this.#connect).listTasks({ filter: { states }, pageSize: 1 });
    return list.then(
      ({ total }) => total >= mostOpen || this.#underWay.size >= mostOpen,
      () => true,
    );
  }

  async #submit(plan: TaskPlan): Promise<void> {
    const task = await this.#ask(plan).catch(onlyOutages);
    // Without an answer the task may be there or not; nobody was promised anything.
    if (task === undefined) return;
    this.#record({ is: "submitted", key: plan.key, task });
    if (plan.cancelAfter !== undefined && typeof task === "number") {
      await sleep(plan.cancelAfter);
      await this.#cancel(task);
    }
  }

  async #ask(plan: TaskPlan): Promise<number | string> {
    switch (Number.parseInt(plan.key.slice(3), 10) % 3) {
      case 0:
        return (await createClient(TaskQueue, this.#grpc).submitTask({ command: this.#ledger.command(plan) })).taskId;
      case 1: {
        const executor = { ...python, value: { pythonVersion: "3", command: this.#ledger.command(plan) } };
        const taskCfg = { name: plan.key.replace(".", ""), executor };
        return (
          await createClient(AmeService, this.#web).runTask({
            projectId: { name: await this.#projectId() },
            taskCfg,
          })
        ).name;
      }
      default:
        return this.#runUntilAnswered(plan);
    }
  }

  /** Asks again with the same request id, which makes one task however often it was asked for. */
  async #runUntilAnswered(plan: TaskPlan): Promise<number> {
    const variables = Object.entries(this.#ledger.variables(plan)).map(([name, value]) => ({ name, value }));
    const tasks = createClient(TaskService, this.#connect);
    for (;;) {
      const projectId = await this.#projectId().catch(onlyOutages);
      const ask = { projectId: projectId ?? "", taskName: "scripted", variables, requestId: plan.key };
      const answer = projectId === undefined ? undefined : await tasks.runTask(ask).catch(onlyOutages);
      if (answer?.task) return answer.task.id;
      await sleep(20);
    }
  }

  /** A project whose one task takes everything from its variables. */
  async #projectId(): Promise<string> {
    if (this.#project === undefined) {
      const executor = { ...python, value: { pythonVersion: "3", command: this.#ledger.command() } };
      const cfg = { name: "faults", tasks: [{ name: "scripted", executor }] };
      const { name } = await createClient(AmeService, this.#grpc).createProject({ cfg, enableTriggers: false });
      this.#project ??= name;
    }
    return this.#project;
  }

  async #cancel(id: number): Promise<void> {
    const cancelling = createClient(TaskService, this.#connect).cancelTask({ id });
    const answer = await cancelling.catch((error: unknown) => {
      // It has ended by itself.
      if (ConnectError.from(error).code !== Code.FailedPrecondition) onlyOutages(error);
    });
    if (!answer?.task) return;
    const { state, attempt } = answer.task;
    this.#record({ is: "cancelled", task: id, state: TaskState[state], attempt });
  }
}

const outages = new Set([Code.Unavailable, Code.Aborted, Code.DeadlineExceeded, Code.Canceled, Code.Unknown]);

/** A server that dies is what this is about; a refusal is not. */
function onlyOutages(error: unknown): undefined {
  const { code } = ConnectError.from(error);
  if (!outages.has(code)) {
    console.error("the driver was refused:", error);
    process.exit(1);
  }
}

await new Driver(JSON.parse(process.argv[2] ?? "") as DriverOptions).run();
await once(process, "exit");
