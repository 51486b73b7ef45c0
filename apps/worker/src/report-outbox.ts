import type { AttemptReport } from "@tributary/proto/tributary/v1/dispatch_pb";
import { attemptKey } from "./attempt-key.ts";
import type { Uplink } from "./uplink.ts";

const BATCH = 500;
/** How long a phase waits for more to tell; an attempt that is short is told of in one call. */
const PHASE_MS = 40;
/** Longest time between two calls because of which an end waits. */
const MOST_GAP_MS = 8;
/** The same while there is enough to do without an answer. */
const MOST_BUSY_GAP_MS = 20;

/** What there is to do at the moment. */
interface Load {
  /** How many attempts there are. */
  running(): number;
  /** Whether some of them wait for a place. */
  hasMore(): boolean;
}

interface Waiting {
  readonly report: AttemptReport;
  readonly beforeTold: () => void;
  readonly settle: (accepted: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Sends reports in order and in batches, again and again until each is answered. An end takes along what waits. It goes
 * at once where few attempts run; where many do, calls keep a distance of a millisecond for each, so that ends that
 * come one after another share them.
 */
export class ReportOutbox {
  readonly #uplink: Pick<Uplink, "call" | "workerId">;
  readonly #signal: AbortSignal;
  readonly #load: Load;
  #lastCall = 0;
  #queue: Waiting[] = [];
  #sending = false;
  /** What waits is to be sent now. */
  #due = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(uplink: Pick<Uplink, "call" | "workerId">, signal: AbortSignal, load: Load) {
    this.#load = load;
    this.#uplink = uplink;
    this.#signal = signal;
  }

  /**
   * Sends a report.
   *
   * @param beforeTold - called before the server may hear of it
   * @returns false when the attempt is not this worker's any more
   * @throws when the server will never take it, or the worker stops
   */
  send(report: AttemptReport, beforeTold = (): void => undefined): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#queue.push({ report, beforeTold, settle: resolve, fail: reject });
    if (report.end) this.#hurry();
    else this.#timer ??= setTimeout(() => this.#hurry(), PHASE_MS);
    return promise;
  }

  #hurry(): void {
    this.#due = true;
    if (!this.#sending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#sending = true;
    // Whatever is reported in this turn of the loop shares a call.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#due) {
      await this.#keepDistance();
      this.#lastCall = performance.now();
      const batch = this.#queue.splice(0, BATCH);
      this.#due = this.#queue.length > 0;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const { beforeTold } of batch) beforeTold();
      await this.#sendBatch(batch);
    }
    this.#sending = false;
  }

  async #keepDistance(): Promise<void> {
    const gap = Math.min(this.#load.running() - 1, this.#load.hasMore() ? MOST_BUSY_GAP_MS : MOST_GAP_MS);
    const rest = this.#lastCall + gap - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
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
