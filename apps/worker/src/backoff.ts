import { setTimeout as sleep } from "node:timers/promises";

/** Growing waits with jitter, so that many workers do not come back in step. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  #next: number;

  /** @param first - the shortest wait in ms; `most` is the longest */
  constructor(first: number, most: number) {
    this.#first = first;
    this.#most = most;
    this.#next = first;
  }

  /** Waits half to all of the present step, then doubles it. Returns early, without error, when `signal` fires. */
  async wait(signal?: AbortSignal): Promise<void> {
    const delay = this.#next * (0.5 + Math.random() / 2);
    this.#next = Math.min(this.#next * 2, this.#most);
    await sleep(delay, undefined, signal ? { signal } : {}).catch(() => undefined);
  }

  reset(): void {
    this.#next = this.#first;
  }
}
