import { abortable } from "./uplink.ts";

/** So many attempts may be under way at once; the others wait, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether whoever asks now has a place at once. */
  get hasFree(): boolean {
    return this.#free > 0 && this.#waiting.length === 0;
  }

  /** Whether somebody waits for a place. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a place even when there is none: for what runs already. Returns what gives it back; calling that again does nothing. */
  take(): () => void {
    this.#free--;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#free++;
      this.#next();
    };
  }

  /** Waits for a place. @throws the reason of the signal */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (this.hasFree) return this.take();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await abortable(promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(resolve);
      if (at >= 0) this.#waiting.splice(at, 1);
      // It was this one's turn already: the place was counted as taken.
      else this.#giveBack();
      throw error;
    }
    this.#free++;
    return this.take();
  }

  #next(): void {
    while (this.#free > 0 && this.#waiting.length > 0) {
      this.#free--;
      this.#waiting.shift()!();
    }
  }

  #giveBack(): void {
    this.#free++;
    this.#next();
  }
}
