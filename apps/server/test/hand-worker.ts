import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  type Assignment,
  type AttemptEnd,
  AttemptEndSchema,
  type AttemptRef,
  DispatchService,
  type LeaseResponse,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { WorkerDiskSchema } from "@tributary/proto/tributary/v1/workers_pb";

type OrderKind = "assign" | "cancel" | "revoke";
type Order<K extends OrderKind> = Extract<LeaseResponse["order"], { case: K }>["value"];

interface HandWorkerOptions {
  readonly id?: string;
  /** As its id, unless said otherwise. */
  readonly name?: string;
  readonly slots?: number;
  readonly cpuMillis?: number;
  readonly memoryBytes?: number;
  readonly held?: AttemptRef[];
  readonly disk?: MessageInitShape<typeof WorkerDiskSchema>;
  readonly pythonVersions?: string[];
  readonly offers?: Record<string, bigint>;
}

/** A worker that is moved by hand: it speaks the workers' protocol and runs nothing. */
export class HandWorker {
  readonly client: Client<typeof DispatchService>;
  readonly id: string;
  readonly #stop = new AbortController();
  readonly #orders: AsyncIterator<LeaseResponse>;
  #sequence = 0;
  #offsets = new Map<string, number>();

  private constructor(client: Client<typeof DispatchService>, id: string) {
    this.client = client;
    this.id = id;
    this.#orders = client.lease({ workerId: id }, { signal: this.#stop.signal })[Symbol.asyncIterator]();
  }

  /** Registers and opens the lease stream. */
  static async start(
    transport: Transport,
    {
      id = "hand",
      slots = 2,
      cpuMillis = 2_000,
      memoryBytes = 2 ** 32,
      held = [] as AttemptRef[],
      ...more
    }: HandWorkerOptions = {},
  ): Promise<HandWorker> {
    const client = createClient(DispatchService, transport);
    await client.register({
      workerId: id,
      name: id,
      slots,
      cpuMillis: BigInt(cpuMillis),
      memoryBytes: BigInt(memoryBytes),
      version: "test",
      held,
      ...more,
    });
    return new HandWorker(client, id);
  }

  /** The next order of a kind; pings and others are passed over. */
  order<K extends OrderKind>(kind: K): Promise<Order<K>> {
    const order = this.#next(kind);
    // A test may have stopped waiting when the stream is ended.
    order.catch(() => {});
    return order;
  }

  async #next<K extends OrderKind>(kind: K): Promise<Order<K>> {
    for (;;) {
      const { done, value } = await this.#orders.next();
      if (done) throw new Error(`the lease stream ended without ${kind}`);
      if (value.order.case === kind) return value.order.value as never;
    }
  }

  /** The next assignment, taken as far as running. */
  async take(): Promise<Assignment & { attempt: AttemptRef }> {
    const assignment = await this.order("assign");
    const attempt = assignment.attempt!;
    await this.report(attempt, AttemptPhase.ACCEPTED);
    await this.report(attempt, AttemptPhase.RUNNING);
    return Object.assign(assignment, { attempt });
  }

  async report(attempt: AttemptRef, phase: AttemptPhase, end?: AttemptEnd): Promise<boolean> {
    const { results } = await this.client.report({
      workerId: this.id,
      reports: [{ attempt, phase, sequence: ++this.#sequence, time: timestampNow(), ...(end ? { end } : {}) }],
    });
    return results[0]?.accepted ?? false;
  }

  async log(attempt: AttemptRef, text: string | Uint8Array, stream = LogStream.STDOUT): Promise<void> {
    const content = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const key = `${attempt.taskId}.${attempt.number}`;
    const offset = this.#offsets.get(key) ?? 0;
    const answer = await this.client.appendLog({
      workerId: this.id,
      attempt,
      offset: BigInt(offset),
      pieces: [{ stream, time: timestampNow(), content: content as Uint8Array<ArrayBuffer> }],
    });
    if (answer.refused) throw new Error("the log was refused");
    this.#offsets.set(key, offset + content.length);
  }

  /** Ends an attempt as its process would with this exit code. */
  exit(attempt: AttemptRef, exitCode = 0): Promise<boolean> {
    const outcome = exitCode === 0 ? AttemptOutcome.SUCCEEDED : AttemptOutcome.FAILED;
    return this.report(attempt, AttemptPhase.ENDED, create(AttemptEndSchema, { outcome, exitCode }));
  }

  end(attempt: AttemptRef, outcome: AttemptOutcome): Promise<boolean> {
    return this.report(attempt, AttemptPhase.ENDED, create(AttemptEndSchema, { outcome }));
  }

  /** Closes the lease stream, as a worker does that loses its connection. */
  stop(): void {
    // Somebody must be waiting for the end, or the abort has nobody to tell.
    this.#orders.next().catch(() => {});
    this.#stop.abort();
  }
}
