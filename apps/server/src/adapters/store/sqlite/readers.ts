import { Worker } from "node:worker_threads";
import type { View } from "#core/ports/view.ts";
import type { ReadEntries } from "../kysely/journal-tail.ts";
import { viewOver } from "../kysely/views/view-over.ts";
import type { Durability } from "./durability.ts";
import { isShort } from "./short-reads.ts";
import { SnapshotReader } from "./snapshot-reader.ts";
import type { ReadAnswer, ReadAsk, ReaderSetting } from "./thread-messages.ts";

interface Question extends ReadAsk {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Reader {
  readonly worker: Worker;
  question: Question | undefined;
}

/**
 * A few threads that read; each question goes to one that is free. A thread is started when it is first needed. What is
 * read in no time is read on the loop.
 */
export class Readers {
  readonly #setting: ReaderSetting;
  readonly #most: number;
  readonly #durability: Durability;
  readonly #waiting: Question[] = [];
  #readers: Reader[] = [];
  #onLoop: SnapshotReader | undefined;
  /** Settled when what was asked on the loop has been answered. */
  #lastOnLoop: Promise<unknown> = Promise.resolve();
  #closing = false;
  #onIdle: (() => void) | undefined;

  constructor(setting: ReaderSetting, most: number, durability: Durability) {
    this.#setting = setting;
    this.#most = most;
    this.#durability = durability;
  }

  /** The port's view: an answer is held until all that it saw is durable. */
  readonly view: View = viewOver((name, asked) => this.#ask(name, asked));

  readonly entriesAfter: ReadEntries = (...asked) => this.#ask("entriesAfter", asked);

  /** Answers what was asked, then ends the threads. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.length > 0 || this.#readers.some(({ question }) => question)) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await this.#lastOnLoop;
    this.#onLoop?.close();
    await Promise.all(
      this.#readers.map(({ worker }) => {
        worker.ref();
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
      if (isShort({ name, asked })) {
        this.#askOnLoop({ name, asked, resolve: (answer) => resolve(answer as R), reject });
        return;
      }
      this.#waiting.push({ name, asked, resolve: (answer) => resolve(answer as R), reject });
      this.#hand();
    });
  }

  /** One after the other, as each is a transaction. */
  #askOnLoop(question: Question): void {
    this.#onLoop ??= new SnapshotReader(this.#setting);
    const reader = this.#onLoop;
    this.#lastOnLoop = this.#lastOnLoop
      .then(() => reader.answer(question))
      .then(
        (answer) => this.#settle(question, answer),
        (error: unknown) => question.reject(new Error("a read failed", { cause: error })),
      );
  }

  #hand(): void {
    while (this.#waiting.length > 0) {
      const free = this.#readers.find(({ question }) => question === undefined) ?? this.#start();
      if (free === undefined) return;
      const question = this.#waiting.shift()!;
      free.question = question;
      // While it is asked, a thread keeps the process alive.
      free.worker.ref();
      free.worker.postMessage({ name: question.name, asked: question.asked } satisfies ReadAsk);
    }
    if (this.#readers.every(({ question }) => question === undefined)) this.#onIdle?.();
  }

  #start(): Reader | undefined {
    if (this.#readers.length >= this.#most) return undefined;
    const worker = new Worker(new URL("./reader.ts", import.meta.url), { workerData: this.#setting, execArgv: [] });
    const reader: Reader = { worker, question: undefined };
    this.#readers.push(reader);
    worker.on("message", (answer: ReadAnswer) => {
      const { question } = reader;
      reader.question = undefined;
      worker.unref();
      if (question) this.#settle(question, answer);
      this.#hand();
    });
    let failure: unknown;
    worker.on("error", (error) => {
      failure = error;
    });
    worker.on("exit", () => this.#forget(reader, failure));
    return reader;
  }

  #settle({ resolve, reject }: Question, answer: ReadAnswer): void {
    if ("failure" in answer) {
      reject(new Error(`a read failed: ${answer.failure}`));
      return;
    }
    this.#durability.whenDurable(answer.commits, (failure) => (failure ? reject(failure) : resolve(answer.result)));
  }

  /** What a thread was asked that ended by itself is refused; the next question starts another. */
  #forget(reader: Reader, failure: unknown): void {
    this.#readers = this.#readers.filter((other) => other !== reader);
    reader.question?.reject(new Error("a reading thread ended", { cause: failure }));
    this.#hand();
  }
}
