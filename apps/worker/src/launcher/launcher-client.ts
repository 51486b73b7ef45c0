import { setTimeout as delay } from "node:timers/promises";
import { type Connection, openConnection } from "./connection.ts";
import { EndFeed } from "./end-feed.ts";
import { LauncherError } from "./launcher-error.ts";
import type { Gone, Launcher } from "./launcher-port.ts";
import type { Answers, Ask, Ended, Hello, Message, SignalName, StartAttempt, Started } from "./protocol.ts";
import { LINE_LIMIT } from "./read-lines.ts";

const ANSWER_MS = 30_000;
const REJOINS = 5;
const REQUEST_LIMIT = LINE_LIMIT / 4;

interface Pending {
  readonly line: string;
  readonly settle: (answer: Message | LauncherError) => void;
}

/** A connection to one launcher that mends itself as long as that launcher lives. */
export class LauncherClient implements Launcher {
  readonly gone: Promise<Gone>;
  readonly #path: string;
  readonly #resolveGone: (gone: Gone) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #live = new Map<string, Started>();
  readonly #feed = new EndFeed();
  #connection: Connection | undefined;
  #identity: string | undefined;
  #over: LauncherError | undefined;
  #last = 0;

  private constructor(path: string) {
    const { promise, resolve } = Promise.withResolvers<Gone>();
    this.gone = promise;
    this.#resolveGone = resolve;
    this.#path = path;
  }

  /** Undefined when nobody listens on the path, or whoever did is leaving. */
  static async open(path: string): Promise<LauncherClient | undefined> {
    const client = new LauncherClient(path);
    try {
      if ((await client.#join()) === "joined") return client;
    } catch (error) {
      client.close();
      throw error;
    }
    client.close();
    return undefined;
  }

  hello(): Promise<Hello> {
    return this.#ask({ do: "hello" });
  }

  start(attempt: StartAttempt): Promise<Started | Ended> {
    return this.#ask({ do: "start", attempt });
  }

  signal(id: string, signal: SignalName): Promise<boolean> {
    return this.#ask({ do: "signal", id, signal });
  }

  async forget(id: string): Promise<void> {
    await this.#ask({ do: "forget", id });
    this.#feed.forget(id);
  }

  ends(signal?: AbortSignal): AsyncIterable<Ended> {
    return this.#feed.follow(signal);
  }

  async shutdown(): Promise<void> {
    await this.#ask({ do: "shutdown" });
    this.close();
  }

  close(): void {
    this.#finish({ why: "closed" }, new LauncherError("closed", "this client of the launcher was closed"));
  }

  #ask<D extends Ask["do"]>(ask: Ask & { do: D }, connection = this.#connection): Promise<Answers[D]> {
    if (this.#over) return Promise.reject(this.#over);
    const n = ++this.#last;
    const line = JSON.stringify({ n, ...ask });
    // The launcher would drop a connection that sends too much at once; no system starts a process with so much.
    if (line.length > REQUEST_LIMIT) return Promise.reject(new LauncherError("refused", "argv and env are too large"));
    const { promise, resolve, reject } = Promise.withResolvers<Answers[D]>();
    const settle = (answer: Message | LauncherError) => {
      clearTimeout(timer);
      this.#pending.delete(n);
      if (answer instanceof LauncherError) reject(answer);
      else if ("ok" in answer) resolve(this.#note(ask, answer.ok as Answers[D]));
      else if ("refused" in answer) reject(new LauncherError("refused", answer.refused));
    };
    const silent = () => new LauncherError("silent", `the launcher did not answer in ${ANSWER_MS / 1000} s`);
    const timer = setTimeout(() => settle(silent()), ANSWER_MS);
    this.#pending.set(n, { line, settle });
    connection?.send(line, ask.do === "forget");
    return promise;
  }

  /** Takes in what an answer tells about attempts, before any later message is looked at. */
  #note<A>(ask: Ask, answer: A): A {
    if (ask.do === "hello") this.#greet(answer as Hello);
    if (ask.do === "start") this.#startedOrEnded(answer as Started | Ended);
    return answer;
  }

  #greet(hello: Hello): void {
    this.#identity ??= `${hello.pid} ${hello.startTime}`;
    // A launcher that took the place of the one this client knew has none of its attempts.
    if (this.#identity !== `${hello.pid} ${hello.startTime}`) {
      this.#lost();
      return;
    }
    for (const report of [...hello.live, ...hello.ended]) this.#startedOrEnded(report);
  }

  #startedOrEnded(report: Started | Ended): void {
    if ("endedAt" in report) {
      this.#live.delete(report.id);
      this.#feed.add(report);
    } else {
      this.#live.set(report.id, report);
    }
  }

  #take(message: Message): void {
    if ("event" in message) {
      if (message.event === "ended") this.#startedOrEnded(message.ended);
      else this.#finish({ why: "replaced" }, new LauncherError("replaced", "another client took over the launcher"));
    } else if (message.n !== null) {
      this.#pending.get(message.n)?.settle(message);
    }
  }

  /** Connects and says hello; once it is sure that the launcher is the same, what is unanswered is asked again. */
  async #join(): Promise<"joined" | "nobody" | "dropped"> {
    const { promise: dropped, resolve: drop } = Promise.withResolvers<"dropped">();
    const events = { message: (message: Message) => this.#take(message), closed: () => drop("dropped") };
    const connection = await openConnection(this.#path, events);
    if (connection === undefined) return "nobody";
    const greeted = this.#ask({ do: "hello" }, connection).then(() => "joined" as const);
    greeted.catch(() => {}); // one that nobody will answer any more
    const outcome = await Promise.race([greeted, dropped]).catch((error: unknown) => {
      connection.close();
      throw error;
    });
    if (outcome === "dropped") return outcome;
    this.#connection = connection;
    for (const { line } of this.#pending.values()) connection.send(line);
    void dropped.then(() => this.#rejoin());
    if (this.#over) connection.close();
    return outcome;
  }

  async #rejoin(): Promise<void> {
    if (this.#over) return;
    this.#connection = undefined;
    for (let tries = 0; tries < REJOINS && !this.#over; tries++) {
      const outcome = await this.#join().catch(() => "dropped" as const);
      if (outcome === "joined") return;
      if (outcome === "nobody") break;
      await delay(100 * tries);
    }
    this.#lost();
  }

  #lost(): void {
    const text = "the launcher died; what it had started must be swept before it is tried again";
    this.#finish({ why: "lost", live: [...this.#live.values()] }, new LauncherError("lost", text));
  }

  #finish(gone: Gone, error: LauncherError): void {
    if (this.#over) return;
    this.#over = error;
    for (const { settle } of [...this.#pending.values()]) settle(error);
    this.#connection?.close();
    this.#feed.close();
    this.#resolveGone(gone);
  }
}
