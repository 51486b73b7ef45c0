/** A worker with a stream of orders to this server. */
export interface WaitingWorker {
  /** False while it has as much as it can have; a task that is queued is nothing to it then. */
  hasRoom: boolean;
  /**
   * Looks for work in the same turn of the loop.
   *
   * @param ahead - how many more than it has room for it may be given
   */
  look(ahead?: number): void;
  /** The same, for the next time that it looks. */
  expect(ahead: number): void;
}

/**
 * The workers whose streams are open, so that one of them can look for work in the turn of the loop in which a task is
 * queued or an attempt ends: where units of one turn share a commit, the task is then given out with the commit that
 * queues it. The journal's entries wake all workers in any case; this only makes it sooner.
 */
export class WaitingWorkers {
  readonly #workers = new Map<string, WaitingWorker>();
  readonly #shared: boolean;

  /** @param shared - units of one turn see each other and share a commit; otherwise looking so soon finds nothing */
  constructor(shared: boolean) {
    this.#shared = shared;
  }

  /** Answers what ends it. */
  add(workerId: string, worker: WaitingWorker): () => void {
    this.#workers.set(workerId, worker);
    return () => {
      if (this.#workers.get(workerId) === worker) this.#workers.delete(workerId);
    };
  }

  /** To be called in the turn in which the unit that queues it was asked for. */
  taskQueued(): void {
    if (!this.#shared) return;
    for (const [id, worker] of this.#workers) {
      if (!worker.hasRoom) continue;
      // The next task is another worker's first.
      this.#workers.delete(id);
      this.#workers.set(id, worker);
      worker.look();
      return;
    }
  }

  /**
   * To be called in the turn in which the unit that ends an attempt of the worker was asked for. Where units of a turn share
   * no commit, the worker looks when the journal has told of the end, and then as far ahead as was said here.
   *
   * @param short - how many of those that ended had begun only just before
   */
  roomMade(workerId: string, short = 0): void {
    const worker = this.#workers.get(workerId);
    // By the next call about twice as many will have ended.
    if (this.#shared) worker?.look(short * 2);
    else if (short > 0) worker?.expect(short * 2);
  }
}
