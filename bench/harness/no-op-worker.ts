import { timestampNow } from "@bufbuild/protobuf/wkt";
import { type Assignment, type AttemptRef, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { LeanClient } from "./lean-client.ts";

const mostReports = 1_000;
const end = { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 };

/** A worker that is done with everything at once: it speaks the workers' protocol and starts no process. */
export class NoOpWorker {
  /** Ends that the server has acknowledged. */
  ended = 0;
  readonly #client: LeanClient;
  readonly #id: string;
  readonly #onAssign: (assignment: Assignment) => void;
  readonly #onEnded: (attempts: readonly AttemptRef[]) => void;
  #over: AttemptRef[] = [];
  #reporting = false;

  private constructor(socketPath: string, options: NoOpOptions) {
    this.#client = new LeanClient("http://localhost", socketPath);
    this.#id = options.id ?? "no-op";
    this.#onAssign = options.onAssign ?? (() => undefined);
    this.#onEnded = options.onEnded ?? (() => undefined);
  }

  /** @param socketPath - the door of the workers */
  static async start(socketPath: string, options: NoOpOptions): Promise<NoOpWorker> {
    const worker = new NoOpWorker(socketPath, options);
    const { slots, memoryBytes = 0n } = options;
    await worker.#client.call(DispatchService.method.register, {
      workerId: worker.#id,
      name: worker.#id,
      slots,
      cpuMillis: 0n,
      memoryBytes,
      version: "bench",
    });
    worker.#follow().catch(() => undefined);
    return worker;
  }

  stop(): void {
    this.#client.close();
  }

  #follow(): Promise<void> {
    return this.#client.follow(DispatchService.method.lease, { workerId: this.#id, takesMany: true }, ({ order }) => {
      if (order.case !== "assignMany") return;
      for (const assignment of order.value.assignments) {
        this.#onAssign(assignment);
        this.#over.push(assignment.attempt!);
      }
      if (!this.#reporting) this.#reportAll().catch(() => undefined);
    });
  }

  /** What ends while a call is under way shares the next one. */
  async #reportAll(): Promise<void> {
    this.#reporting = true;
    // Orders that came together are told together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#over.length > 0) {
      const some = this.#over.splice(0, mostReports);
      const time = timestampNow();
      const reports = some.map((attempt) => ({ attempt, sequence: 1, phase: AttemptPhase.ENDED, time, end }));
      await this.#client.call(DispatchService.method.report, { workerId: this.#id, reports });
      this.ended += some.length;
      this.#onEnded(some);
    }
    this.#reporting = false;
  }
}

export interface NoOpOptions {
  readonly slots: number;
  readonly id?: string;
  readonly memoryBytes?: bigint;
  /** Called as soon as an order is here. */
  readonly onAssign?: (assignment: Assignment) => void;
  /** Called when the server has acknowledged ends. */
  readonly onEnded?: (attempts: readonly AttemptRef[]) => void;
}
