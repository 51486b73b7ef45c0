import { Worker } from "node:worker_threads";
import type { View } from "#core/ports/store.ts";
import type { ReadEntries } from "../kysely/journal-tail.ts";
import type { Durability } from "./durability.ts";
import type { ReadAnswer, ReadAsk, ReaderSetting } from "./reader-messages.ts";

interface Question extends ReadAsk {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Reader {
  readonly worker: Worker;
  question: Question | undefined;
}

/** A few threads that read; each question goes to one that is free. */
export class Readers {
  readonly #setting: ReaderSetting;
  readonly #durability: Durability;
  readonly #waiting: Question[] = [];
  #readers: Reader[] = [];
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(setting: ReaderSetting, count: number, durability: Durability) {
    this.#setting = setting;
    this.#durability = durability;
    for (let n = 0; n < count; n += 1) this.#start();
  }

  /** The port's view: an answer is held until all that it saw is durable. */
  readonly view: View = {
    listTasks: (...asked) => this.#ask("listTasks", asked),
    listNewest: (...asked) => this.#ask("listNewest", asked),
    listByState: (...asked) => this.#ask("listByState", asked),
    getTask: (...asked) => this.#ask("getTask", asked),
    getTasks: (...asked) => this.#ask("getTasks", asked),
    listSources: (...asked) => this.#ask("listSources", asked),
    listProjects: (...asked) => this.#ask("listProjects", asked),
    listSecrets: (...asked) => this.#ask("listSecrets", asked),
    listWorkers: (...asked) => this.#ask("listWorkers", asked),
    overview: (...asked) => this.#ask("overview", asked),
  };

  readonly entriesAfter: ReadEntries = (...asked) => this.#ask("entriesAfter", asked);

  /** Answers what was asked, then ends the threads. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.length > 0 || this.#readers.some(({ question }) => question)) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await Promise.all(
      this.#readers.map(({ worker }) => {
        worker.postMessage("close");
        return new Promise((resolve) => worker.once("exit", resolve));
      }),
    );
  }

  /** The answer has the type that the read of this name gives: both ends are built from the same table. */
  #ask<R>(name: ReadAsk["name"], asked: readonly unknown[]): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#closing) {
        reject(new Error("the store is closed"));
        return;
      }
      this.#waiting.push({ name, asked, resolve: (answer) => resolve(answer as R), reject });
      this.#hand();
    });
  }

  #hand(): void {
    for (const reader of this.#readers) {
      if (reader.question !== undefined) continue;
      const question = this.#waiting.shift();
      if (question === undefined) break;
      reader.question = question;
      reader.worker.postMessage({ name: question.name, asked: question.asked } satisfies ReadAsk);
    }
    if (this.#waiting.length === 0 && this.#readers.every(({ question }) => !question)) this.#onIdle?.();
  }

  #start(): void {
    const worker = new Worker(new URL("./reader.ts", import.meta.url), { workerData: this.#setting, execArgv: [] });
    const reader: Reader = { worker, question: undefined };
    this.#readers.push(reader);
    worker.unref();
    worker.on("message", (answer: ReadAnswer) => {
      const { question } = reader;
      reader.question = undefined;
      if (question) this.#settle(question, answer);
      this.#hand();
    });
    let failure: Error | undefined;
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", () => this.#replace(reader, failure));
  }

  #settle({ resolve, reject }: Question, answer: ReadAnswer): void {
    if ("failure" in answer) {
      reject(new Error(`a read failed: ${answer.failure}`));
      return;
    }
    this.#durability.whenDurable(answer.commits, (failure) => (failure ? reject(failure) : resolve(answer.result)));
  }

  /** A thread that ended by itself is replaced; what it was asked is refused. */
  #replace(reader: Reader, failure: Error | undefined): void {
    if (this.#closing && reader.question === undefined) return;
    this.#readers = this.#readers.filter((other) => other !== reader);
    reader.question?.reject(new Error("a reading thread ended", { cause: failure }));
    this.#start();
    this.#hand();
  }
}
