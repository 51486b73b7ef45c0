import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";

/** Where a fault strikes: nothing was written, or everything was and nobody hears of it. */
export type FailPoint = "before" | "after";

/** A store that fails once, at the unit of work that it is told, as a lost disk or a lost reply would. */
export class FailingStore {
  readonly store: Store;
  /** Units of work since the last {@link arm}. */
  count = 0;
  #at = 0;
  #point: FailPoint = "before";

  constructor(inner: Store) {
    this.store = {
      view: inner.view,
      version: inner.version,
      transact: (unit, input) => this.#transact(inner, unit, input),
      follow: (after, signal) => inner.follow(after, signal),
      position: () => inner.position(),
      trim: (before) => inner.trim(before),
      size: () => inner.size(),
      close: () => inner.close(),
    };
  }

  /** Fails at the `nth` unit from now, from 1; 0 never. */
  arm(nth: number, point: FailPoint): void {
    this.count = 0;
    this.#at = nth;
    this.#point = point;
  }

  async #transact<I, R>(inner: Store, unit: (tx: Tx, input: I) => Promise<R>, input: I): Promise<R> {
    const strikes = ++this.count === this.#at;
    if (strikes && this.#point === "before") throw new Error("the fail point before the commit");
    const result = await inner.transact(unit, input);
    if (strikes) throw new Error("the fail point after the commit");
    return result;
  }
}
