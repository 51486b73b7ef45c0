import type { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { busyTimeout } from "./open-database.ts";
import type { CheckpointAnswer } from "./thread-messages.ts";

/** Milliseconds from a commit to the checkpoint that takes it in. */
const interval = 250;
const pageSize = 4_096;
/** Size at which the log is begun anew. */
const longLog = 32 * 2 ** 20;

/**
 * Keeps the log short: a thread moves it into the database file, and the writer begins it anew when it is long, without
 * which it would grow for as long as anybody writes.
 */
export class Checkpoints {
  readonly #database: DatabaseSync;
  readonly #file: string;
  #worker: Worker | undefined;
  readonly #warn: (problem: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #closed = false;
  #again = false;

  constructor(database: DatabaseSync, file: string, warn: (problem: string) => void) {
    this.#database = database;
    this.#warn = warn;
    this.#file = file;
  }

  /** Something was committed. */
  committed(): void {
    this.#again = true;
    if (this.#timer || this.#busy) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#again = false;
      this.#busy = true;
      this.#worker ??= this.#start();
      this.#worker.postMessage("checkpoint");
    }, interval);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    worker.postMessage("close");
    await new Promise((resolve) => worker.once("exit", resolve));
  }

  #start(): Worker {
    const worker = new Worker(new URL("./checkpointer.ts", import.meta.url), {
      workerData: { file: this.#file },
      execArgv: [],
    });
    worker.unref();
    worker.on("message", (answer: CheckpointAnswer) => this.#take(answer));
    worker.on("error", (error) => this.#warn(`the checkpointing thread ended: ${String(error)}`));
    worker.on("exit", () => {
      this.#worker = undefined;
      this.#busy = false;
    });
    return worker;
  }

  #take(answer: CheckpointAnswer): void {
    this.#busy = false;
    if ("failure" in answer) this.#warn(`the log could not be moved into the database: ${answer.failure}`);
    else if (answer.pages * pageSize > longLog && !this.#closed) this.#restart();
    if (this.#again && !this.#closed) this.committed();
  }

  /** Readers of an old state may keep the log from being begun anew; then it is tried again after the next commits. */
  #restart(): void {
    this.#database.exec("pragma busy_timeout = 0");
    try {
      this.#database.prepare("pragma wal_checkpoint(restart)").get();
    } catch (error) {
      this.#warn(`the log could not be begun anew: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#database.exec(`pragma busy_timeout = ${busyTimeout}`);
    }
  }
}
