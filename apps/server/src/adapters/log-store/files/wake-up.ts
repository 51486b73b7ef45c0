/** Wakes all who wait for something to have changed. */
export class WakeUp {
  #next = Promise.withResolvers<void>();

  wake(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve();
  }

  /** Settles with the next wake-up. */
  next(): Promise<void> {
    return this.#next.promise;
  }
}
