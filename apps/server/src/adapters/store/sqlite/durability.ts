/** Makes everything written to a file so far durable, off the loop; like `fs.fdatasync`. */
export type Sync = (descriptor: number, done: (error: Error | null) => void) => void;

/**
 * Knows which commits have reached the disk. One sync is under way at a time; the next one covers all who committed
 * meanwhile.
 *
 * The log is written in the order of the commits, so what is durable is always a prefix of them.
 */
export class Durability {
  #committed: number;
  #synced: number;
  #syncing = false;
  #failure: Error | undefined;
  #waiting: { readonly commit: number; readonly settle: (failure?: Error) => void }[] = [];
  readonly #descriptor: number;
  readonly #sync: Sync;
  readonly #onFatal: (error: Error) => void;

  /** @param committed - number of the last commit, which is durable */
  constructor(committed: number, descriptor: number, sync: Sync, onFatal: (error: Error) => void) {
    this.#committed = committed;
    this.#synced = committed;
    this.#descriptor = descriptor;
    this.#sync = sync;
    this.#onFatal = onFatal;
  }

  /** Number of the newest commit, durable or not. */
  get committed(): number {
    return this.#committed;
  }

  /** A commit has happened. */
  advance(commit: number): void {
    this.#committed = commit;
    this.#start();
  }

  /** Calls back once a commit is durable, at once if it is; in the order of the calls for one commit. */
  whenDurable(commit: number, settle: (failure?: Error) => void): void {
    if (this.#failure !== undefined) settle(this.#failure);
    else if (commit <= this.#synced) settle();
    else this.#waiting.push({ commit, settle });
  }

  /** Resolves when everything committed so far is durable. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.whenDurable(this.#committed, () => resolve()));
  }

  /** Nothing that is not durable yet will be: all who wait are refused. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { settle } of waiting) settle(error);
    this.#onFatal(error);
  }

  #start(): void {
    if (this.#syncing || this.#synced === this.#committed || this.#failure !== undefined) return;
    this.#syncing = true;
    const covered = this.#committed;
    this.#sync(this.#descriptor, (error) => {
      this.#syncing = false;
      if (error !== null) this.fail(error);
      else this.#finish(covered);
    });
  }

  #finish(covered: number): void {
    if (this.#failure !== undefined) return;
    this.#synced = covered;
    const waiting = this.#waiting;
    this.#waiting = [];
    // The next sync goes first: it can be under way while callers are answered.
    this.#start();
    for (const one of waiting) {
      if (one.commit <= covered) one.settle();
      else this.#waiting.push(one);
    }
  }
}
