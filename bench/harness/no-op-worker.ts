import { timestampNow } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { type Assignment, type AttemptRef, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";

const mostReports = 1_000;
const end = { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 };

/** A worker that is done with everything at once: it speaks the workers' protocol and starts no process. */
export class NoOpWorker {
  /** Ends that the server has acknowledged. */
  ended = 0;
  readonly #client: Client<typeof DispatchService>;
  readonly #id: string;
  readonly #stop = new AbortController();
  readonly #onAssign: (assignment: Assignment) => void;
  readonly #onEnded: (attempts: readonly AttemptRef[]) => void;
  #over: AttemptRef[] = [];
  #reporting = false;

  private constructor(transport: Transport, options: NoOpOptions) {
    this.#client = createClient(DispatchService, transport);
    this.#id = options.id ?? "no-op";
    this.#onAssign = options.onAssign ?? (() => undefined);
    this.#onEnded = options.onEnded ?? (() => undefined);
  }

  static async start(transport: Transport, options: NoOpOptions): Promise<NoOpWorker> {
    const worker = new NoOpWorker(transport, options);
    const { slots, memoryBytes = 0n } = options;
    await worker.#client.register({
      workerId: worker.#id,
      name: worker.#id,
      slots,
      cpuMillis: 0n,
      memoryBytes,
      version: "bench",
    });
    void worker.#follow().catch(() => undefined);
    return worker;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const ask = { workerId: this.#id, takesMany: true };
    for await (const { order } of this.#client.lease(ask, { signal: this.#stop.signal })) {
      if (order.case !== "assignMany") continue;
      for (const assignment of order.value.assignments) {
        this.#onAssign(assignment);
        this.#over.push(assignment.attempt!);
      }
      if (!this.#reporting) void this.#reportAll();
    }
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
      await this.#client.report({ workerId: this.#id, reports });
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
