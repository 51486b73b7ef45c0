import type { Counter } from "prom-client";

/**
 * Counts between two readings of a counter, which takes as long to count one as to count many: its labels are checked and
 * put together each time.
 */
export class Tally<L extends string> {
  readonly #counted = new Map<string, { readonly labels: Record<L, string>; count: number }>();

  /**
   * @param key - the same for the same labels
   * @param labelsOf - asked for once for each key
   */
  add(key: string, count: number, labelsOf: () => Record<L, string>): void {
    const known = this.#counted.get(key);
    if (known) known.count += count;
    else this.#counted.set(key, { labels: labelsOf(), count });
  }

  /** Has a counter count what was counted since the last time; labels without any stay. */
  moveTo(counter: Counter<L>): void {
    for (const one of this.#counted.values()) {
      counter.inc(one.labels, one.count);
      one.count = 0;
    }
  }
}
