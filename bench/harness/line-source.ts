import { setTimeout as sleep } from "node:timers/promises";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { type AttemptRef, DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";

export const lineBytes = 100;
/** Between two batches, in milliseconds: what the worker waits. */
const interval = 20;
const workerId = "lines";

/** A worker whose one task prints lines at a rate: the last line of each batch has the time in it. */
export class LineSource {
  readonly taskId: number;
  readonly #client: Client<typeof DispatchService>;
  readonly #attempt: AttemptRef;
  readonly #stop: AbortController;
  #offset = 0;

  private constructor(client: Client<typeof DispatchService>, attempt: AttemptRef, stop: AbortController) {
    this.#client = client;
    this.#attempt = attempt;
    this.#stop = stop;
    this.taskId = attempt.taskId;
  }

  /** Takes the next queued task as its own. */
  static async start(workers: Transport): Promise<LineSource> {
    const client = createClient(DispatchService, workers);
    await client.register({ workerId, name: workerId, slots: 1, version: "bench" });
    const stop = new AbortController();
    for await (const { order } of client.lease({ workerId, takesMany: true }, { signal: stop.signal })) {
      const assignment = order.case === "assignMany" ? order.value.assignments[0] : undefined;
      if (!assignment) continue;
      const source = new LineSource(client, assignment.attempt!, stop);
      await source.#report(1, AttemptPhase.RUNNING);
      return source;
    }
    throw new Error("there was no task to take");
  }

  /** Answers how many lines it could send. */
  async print(rate: number, seconds: number): Promise<number> {
    const started = performance.now();
    let lines = 0;
    while (performance.now() - started < seconds * 1_000) {
      const due = Math.floor(((performance.now() - started + interval) / 1_000) * rate);
      // A server that falls behind is not asked for more than a quarter of a second at once.
      const count = Math.min(due - lines, Math.ceil(rate / 4));
      if (count > 0) await this.#append(batchOf(count));
      lines += Math.max(0, count);
      const ahead = (lines / rate) * 1_000 - (performance.now() - started);
      if (ahead > 0) await sleep(ahead);
    }
    return lines;
  }

  /** Ends the task, and with it its log. */
  async end(): Promise<void> {
    const end = { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 };
    await this.#report(2, AttemptPhase.ENDED, end);
    this.#stop.abort();
  }

  async #append(content: Buffer<ArrayBuffer>): Promise<void> {
    const offset = BigInt(this.#offset);
    const pieces = [{ stream: LogStream.STDOUT, time: timestampNow(), content }];
    await this.#client.appendLog({ workerId, attempt: this.#attempt, offset, pieces });
    this.#offset += content.length;
  }

  async #report(sequence: number, phase: AttemptPhase, end?: { outcome: AttemptOutcome; exitCode: number }) {
    const report = { attempt: this.#attempt, sequence, phase, time: timestampNow(), ...(end ? { end } : {}) };
    await this.#client.report({ workerId, reports: [report] });
  }
}

const plain = Buffer.from(`${"x".repeat(lineBytes - 1)}\n`);

function batchOf(count: number): Buffer<ArrayBuffer> {
  const batch = Buffer.alloc(count * lineBytes, plain);
  batch.write(timeMark(), (count - 1) * lineBytes);
  return batch;
}

const timeMark = () => `T${(performance.timeOrigin + performance.now()).toFixed(3)} `;

/** The newest time in a piece of a log, in milliseconds since 1970; none where the piece was cut within it. */
export function lastTimeIn(part: Buffer): number | undefined {
  const at = part.lastIndexOf("T1");
  const time = at < 0 ? undefined : /^T(\d{13}\.\d{3}) /.exec(part.toString("latin1", at, at + 20));
  return time?.[1] === undefined ? undefined : Number(time[1]);
}
