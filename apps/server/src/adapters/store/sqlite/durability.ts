/** Makes everything written to a file so far durable, off the loop; like `fs.fdatasync`. */
export type Sync = (descriptor: number, done: (error: Error | null) => void) => void;

/** The same on the loop, which stands still meanwhile; throws what went wrong. */
type SyncNow = (descriptor: number) => void;

/** What a store may add to how it makes commits durable. */
export interface DurabilityOptions {
  /**
   * What is done instead where the disk is quick: to wake another thread and to be woken by it takes as long as such a
   * sync, and callers that come one at a time wait for both.
   */
  readonly syncNow?: SyncNow | undefined;
  /** In milliseconds. */
  readonly clock?: () => number;
  /** Told how long each sync took, in milliseconds. */
  readonly onSync?: ((time: number) => void) | undefined;
}

/** A disk is quick when that many syncs, one after another, took less than so many milliseconds each. */
const quickSyncs = 8;
const quickTime = 1;

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
  readonly #syncNow: SyncNow | undefined;
  readonly #clock: () => number;
  readonly #onSync: (time: number) => void;
  /** Quick syncs since the last one that was not. */
  #quick = 0;
  /** When the last sync on the loop ended, and how long it took. */
  #last = { end: Number.NEGATIVE_INFINITY, time: 0 };
  readonly #onFatal: (error: Error) => void;

  /** @param committed - number of the last commit, which is durable */
  constructor(
    committed: number,
    descriptor: number,
    sync: Sync,
    onFatal: (error: Error) => void,
    { syncNow, clock = () => performance.now(), onSync = () => {} }: DurabilityOptions = {},
  ) {
    this.#syncNow = syncNow;
    this.#clock = clock;
    this.#onSync = onSync;
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
    if (this.#syncNow && this.#mayStandStill()) {
      this.#syncOnLoop(this.#syncNow);
      return;
    }
    this.#syncing = true;
    const [covered, begun] = [this.#committed, this.#clock()];
    this.#sync(this.#descriptor, (error) => {
      this.#syncing = false;
      this.#note(this.#clock() - begun);
      if (error !== null) this.fail(error);
      else this.#finish(covered);
    });
  }

  /** Where the disk is quick, and half of the time at least is left for all else. */
  #mayStandStill(): boolean {
    return this.#quick >= quickSyncs && this.#clock() - this.#last.end > this.#last.time;
  }

  #syncOnLoop(sync: SyncNow): void {
    const [covered, begun] = [this.#committed, this.#clock()];
    try {
      sync(this.#descriptor);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const end = this.#clock();
    this.#last = { end, time: end - begun };
    this.#note(end - begun);
    this.#finish(covered);
  }

  #note(time: number): void {
    this.#quick = time < quickTime ? this.#quick + 1 : 0;
    this.#onSync(time);
  }

  #finish(covered: number): void {
    if (this.#failure !== undefined) return;
    this.#synced = covered;
    const waiting = this.#waiting;
    this.#waiting = [];
    // The next sync goes first: it can be under way while callers are answered. Made on the loop it is over by then.
    this.#start();
    for (const one of waiting) {
      if (one.commit <= this.#synced) one.settle();
      else if (this.#failure !== undefined) one.settle(this.#failure);
      else this.#waiting.push(one);
    }
  }
}
