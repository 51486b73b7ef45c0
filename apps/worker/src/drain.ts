import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Attempts } from "./attempts.ts";
import type { Session } from "./session.ts";

/** How a worker is told to end. */
export interface StopSignals {
  /** At once: what runs goes on under the launcher, for the next worker of the folder. */
  readonly leave: AbortSignal;
  /** When it has finished what it has. */
  readonly drain: AbortSignal;
  /** When what it has has been ended, to be tried again by others. */
  readonly handBack: AbortSignal;
}

interface DrainOptions {
  readonly session: Pick<Session, "tell">;
  readonly attempts: Pick<Attempts, "size" | "handBack">;
  readonly log: Logger;
  /** How long what runs may take, in milliseconds; 0 means any time. */
  readonly limitMs: number;
  /** Ends the worker. */
  readonly end: () => void;
}

/** Time for what the server gave out before it was told. */
const ON_THE_WAY_MS = 300;
/** Longest that ended attempts may take to be told of. */
const HAND_BACK_MS = 30_000;

/** Has a worker finish what it has and take nothing new; begun once, whoever asks for it. */
export class Drain {
  readonly #options: DrainOptions;
  #begun = false;
  #told = false;
  #ending = false;
  #handing = false;

  constructor(options: DrainOptions) {
    this.#options = options;
  }

  get begun(): boolean {
    return this.#begun;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    const { log, attempts, limitMs } = this.#options;
    log.info({ attempts: attempts.size }, "the worker takes nothing new and ends when it has finished what it has");
    if (limitMs > 0) setTimeout(() => this.handBack(), limitMs).unref();
    void this.#tell();
  }

  /** Ends what runs, and then the worker. */
  handBack(): void {
    this.begin();
    if (this.#handing) return;
    this.#handing = true;
    const { log, attempts, end } = this.#options;
    log.info({ attempts: attempts.size }, "the worker hands back what it has");
    attempts.handBack();
    setTimeout(end, HAND_BACK_MS).unref();
  }

  /** Ends the worker if it is drained; to be called whenever it has nothing left. */
  check(): void {
    const { attempts, session, end } = this.#options;
    if (!this.#told || this.#ending || attempts.size > 0) return;
    this.#ending = true;
    void session.tell({ draining: true, gone: true }).then(end);
  }

  async #tell(): Promise<void> {
    await this.#options.session.tell({ draining: true });
    await sleep(ON_THE_WAY_MS);
    this.#told = true;
    // What came meanwhile goes back, too.
    if (this.#handing) this.#options.attempts.handBack();
    this.check();
  }
}
