/** Wakes all who wait for something to have changed. */
export class WakeUp {
  #waiting = new Set<() => void>();

  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  /** Settles with the next wake-up, or at once when the signal has aborted or aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    this.#waiting.add(wake);
    signal.addEventListener("abort", wake);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", wake);
      this.#waiting.delete(wake);
    }
  }
}
