import { setTimeout as sleep } from "node:timers/promises";
import type { Position } from "#core/journal/entry.ts";

/** Entries deleted in one unit of work, which takes about half a millisecond. */
const usualCount = 500;

/** How much longer than such a unit the next one waits. */
const pause = 4;

/**
 * Deletes journal entries that are not told any more, a few at a time: a million of them are not to hold up what somebody
 * waits for. What is left when the store is closed is deleted with the next ones.
 */
export class JournalEraser {
  readonly #erase: (before: Position, count: number) => Promise<number>;
  readonly #warn: (problem: string) => void;
  readonly #count: number;
  #before: Position = 0;
  #underWay = false;
  #stopped = false;

  /** @param erase - deletes the oldest entries before a position, at most so many; answers how many */
  constructor(
    erase: (before: Position, count: number) => Promise<number>,
    warn: (problem: string) => void,
    count = usualCount,
  ) {
    this.#erase = erase;
    this.#warn = warn;
    this.#count = count;
  }

  /** Everything before this position may go. */
  eraseBefore(position: Position): void {
    this.#before = Math.max(this.#before, position);
    if (this.#underWay) return;
    this.#underWay = true;
    this.#eraseAll()
      .catch((error: unknown) => {
        if (!this.#stopped) this.#warn(`old entries of the journal could not be deleted: ${String(error)}`);
      })
      .finally(() => {
        this.#underWay = false;
      });
  }

  stop(): void {
    this.#stopped = true;
  }

  async #eraseAll(): Promise<void> {
    while (!this.#stopped) {
      const begun = performance.now();
      const before = this.#before;
      const erased = await this.#erase(before, this.#count);
      if (erased < this.#count && before === this.#before) return;
      await sleep(pause * (performance.now() - begun), undefined, { ref: false });
    }
  }
}
