const MIB = 1 << 20;

/**
 * How much output may wait in memory to be sent: 8 MiB an attempt, 64 MiB together; beyond that the pipes are left to
 * fill, and the programs wait.
 */
export class UnsentBudget {
  readonly #own: number;
  readonly #all: number;
  #used = 0;

  constructor(own = 8 * MIB, all = 64 * MIB) {
    this.#own = own;
    this.#all = all;
  }

  /** Counts bytes in, or out again when negative. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  /** Whether an attempt with `unsent` bytes should stop reading; one that has stopped goes on at half of its limit. */
  isHigh(unsent: number, stopped: boolean): boolean {
    const limit = this.#used > this.#all ? MIB / 4 : this.#own;
    return unsent > (stopped ? limit / 2 : limit);
  }
}
