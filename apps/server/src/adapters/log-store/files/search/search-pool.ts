import { Worker } from "node:worker_threads";
import { RefusedError } from "#core/errors.ts";
import type { SearchProgress } from "#core/logs/log-query.ts";
import type { SearchAnswer, SearchTask } from "./search-messages.ts";

/** Searches at a time, each in a thread of its own. */
const mostThreads = 4;
/** Searches that wait for a thread. */
const mostWaiting = 64;
/** What a search may take. */
const searchMilliseconds = 10_000;
/** A thread that is silent for so much longer than that is stuck in a line. */
const patience = 2_000;
/** Heap of a thread: an index of one chunk, and a segment in several forms. */
const threadMegabytes = 256;

type Asked = Omit<SearchTask, "milliseconds" | "cancelled">;

/** A few threads that search; started when they are first needed. */
export class SearchPool {
  readonly #idle: Worker[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #threads = new Set<Worker>();
  readonly #milliseconds: number;
  #busy = 0;
  #closed = false;

  constructor(milliseconds = searchMilliseconds) {
    this.#milliseconds = milliseconds;
  }

  /** Searches when it is its turn; ends with a progress that has an `end`, or with the signal. */
  async *search(asked: Asked, signal: AbortSignal): AsyncIterable<SearchProgress> {
    await this.#turn(signal);
    try {
      if (!signal.aborted && !this.#closed) yield* this.#run(asked, signal);
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const turn of this.#waiting.splice(0)) turn();
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#busy < mostThreads) {
      this.#busy++;
      return;
    }
    if (this.#waiting.length >= mostWaiting) {
      throw new RefusedError("exhausted", "too many logs are being searched; try again in a few seconds");
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const turn = () => {
      this.#busy++;
      resolve();
    };
    this.#waiting.push(turn);
    const leave = () => {
      const at = this.#waiting.indexOf(turn);
      if (at >= 0) this.#waiting.splice(at, 1);
      if (at >= 0) turn();
    };
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    await promise;
    signal.removeEventListener("abort", leave);
  }

  async *#run(asked: Asked, signal: AbortSignal): AsyncIterable<SearchProgress> {
    const thread = this.#idle.pop() ?? this.#start();
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const answers = new Answers(thread);
    const cancel = () => {
      Atomics.store(cancelled, 0, 1);
      answers.expectSoon(patience);
    };
    signal.addEventListener("abort", cancel);
    let done = false;
    let reached: SearchProgress | undefined;
    try {
      thread.ref();
      thread.postMessage({ ...asked, milliseconds: this.#milliseconds, cancelled } satisfies SearchTask);
      answers.expectSoon(this.#milliseconds + patience);
      while (!done) {
        const answer = await answers.next();
        done = !answer || !("progress" in answer) || answer.progress.end !== undefined;
        // A thread that is stuck is ended; what it has told before stands.
        if (!answer && !this.#closed && !signal.aborted)
          yield { ...(reached ?? nothing(asked)), lines: [], runs: [], end: "time" };
        if (answer && "refusal" in answer) throw new RefusedError("invalid", answer.refusal, "text");
        if (answer && "failure" in answer) throw new Error(`a search failed: ${answer.failure}`);
        if (!answer || !("progress" in answer)) return;
        reached = answer.progress;
        if (!signal.aborted) yield answer.progress;
      }
    } finally {
      signal.removeEventListener("abort", cancel);
      if (!done) {
        cancel();
        for (let last = await answers.next(); last && "progress" in last && !last.progress.end; )
          last = await answers.next();
      }
      answers.close();
      if (answers.isAlive && !this.#closed) this.#rest(thread);
      else await thread.terminate();
    }
  }

  #rest(thread: Worker): void {
    thread.unref();
    this.#idle.push(thread);
  }

  #start(): Worker {
    const thread = new Worker(new URL("./search-thread.ts", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: threadMegabytes },
    });
    // A thread that ends by itself has said so to its search.
    thread.on("error", () => {});
    this.#threads.add(thread);
    thread.once("exit", () => {
      this.#threads.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return thread;
  }
}

function nothing({ query }: Asked): SearchProgress {
  const line = query.backwards ? query.endLine : query.firstLine;
  return { lines: [], runs: [], found: 0, firstLine: line, endLine: line, bytes: 0 };
}

/** What a thread says about one search, until it has ended or is taken for stuck. */
class Answers {
  readonly #thread: Worker;
  readonly #queue: SearchAnswer[] = [];
  #wake = () => {};
  #timer: NodeJS.Timeout | undefined;
  #alive = true;

  constructor(thread: Worker) {
    this.#thread = thread;
    thread.on("message", this.#take);
    thread.once("exit", this.#die);
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Takes the thread for stuck after so many milliseconds from now. */
  expectSoon(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#die, milliseconds);
  }

  /** The next answer; undefined when none will come. */
  async next(): Promise<SearchAnswer | undefined> {
    while (this.#queue.length === 0 && this.#alive) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#queue.shift();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#thread.off("message", this.#take);
    this.#thread.off("exit", this.#die);
  }

  readonly #take = (answer: SearchAnswer) => {
    this.#queue.push(answer);
    this.#wake();
  };

  readonly #die = () => {
    this.#alive = false;
    this.#wake();
  };
}
