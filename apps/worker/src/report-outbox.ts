import type { AttemptReport } from "@tributary/proto/tributary/v1/dispatch_pb";
import { attemptKey } from "./attempt-key.ts";
import type { Uplink } from "./uplink.ts";

const BATCH = 500;

interface Waiting {
  readonly report: AttemptReport;
  readonly settle: (accepted: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Sends reports in order and in batches, again and again until each is answered. */
export class ReportOutbox {
  readonly #uplink: Pick<Uplink, "call" | "workerId">;
  readonly #signal: AbortSignal;
  #queue: Waiting[] = [];
  #sending = false;

  constructor(uplink: Pick<Uplink, "call" | "workerId">, signal: AbortSignal) {
    this.#uplink = uplink;
    this.#signal = signal;
  }

  /**
   * Sends a report.
   *
   * @returns false when the attempt is not this worker's any more
   * @throws when the server will never take it, or the worker stops
   */
  send(report: AttemptReport): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#queue.push({ report, settle: resolve, fail: reject });
    if (!this.#sending) void this.#sendAll();
    return promise;
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    // Whatever is reported in this turn of the loop shares a call.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      await this.#sendBatch(this.#queue.splice(0, BATCH));
    }
    this.#sending = false;
  }

  async #sendBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      settle(batch, await this.#call(batch));
    } catch (error) {
      // One report that is wrong must not take the others with it.
      if (batch.length > 1 && !this.#signal.aborted) for (const one of batch) await this.#sendBatch([one]);
      else for (const { fail } of batch) fail(error);
    }
  }

  async #call(batch: readonly Waiting[]): Promise<ReadonlyMap<string, boolean>> {
    const request = { workerId: this.#uplink.workerId, reports: batch.map(({ report }) => report) };
    const signal = this.#signal;
    const { results } = await this.#uplink.call((client) => client.report(request, { signal, timeoutMs: 30_000 }), {
      signal,
      waitsForRoom: true,
    });
    return new Map(results.map((result) => [`${attemptKey(result.attempt)} ${result.sequence}`, result.accepted]));
  }
}

function settle(batch: readonly Waiting[], results: ReadonlyMap<string, boolean>): void {
  for (const { report, settle: answer } of batch)
    answer(results.get(`${attemptKey(report.attempt)} ${report.sequence}`) ?? false);
}
