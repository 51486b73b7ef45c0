import type { Entry, Position } from "#core/journal/entry.ts";
import { PositionLostError } from "#core/ports/store.ts";

/** Entries told at once, at most. */
const mostEntries = 1_000;
/** Entries kept in memory, give or take a quarter; a follower further behind reads from the table. */
const tailLength = 8_192;

/**
 * Durable entries of the table after a position, in order, at most so many, and the oldest position that is kept.
 */
export type ReadEntries = (
  after: Position,
  limit: number,
) => Promise<{ readonly entries: readonly Entry[]; readonly oldest: Position }>;

/** Which entries somebody wants. */
type Wants = (entry: Entry) => boolean;

/** Somebody who follows: a position, and what to call when something has come. */
interface Follower {
  seen: Position;
  readonly wants: Wants | undefined;
  /** Unset while it is busy with what came before. */
  wake: (() => void) | undefined;
}

/**
 * The end of the journal, in memory, and all who follow it.
 *
 * A follower is a position, not a buffer: one that is slow costs nothing, and reads what has left memory from the table.
 * One that waits is not woken by what it does not want: waking it costs as much as a read of a row, and most of a server's
 * followers want a few entries a day.
 */
export class JournalTail {
  #entries: Entry[] = [];
  #position: Position;
  #oldest: Position;
  #closed = false;
  readonly #read: ReadEntries;
  readonly #followers = new Set<Follower>();

  constructor(position: Position, oldest: Position, read: ReadEntries) {
    this.#position = position;
    this.#oldest = oldest;
    this.#read = read;
  }

  /** Of the newest entry that is durable. */
  get position(): Position {
    return this.#position;
  }

  /** Takes the entries that come next, once they are durable. */
  publish(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry);
    this.#position = entries.at(-1)?.position ?? this.#position;
    if (this.#entries.length > tailLength * 1.25) this.#entries = this.#entries.slice(-tailLength);
    for (const follower of this.#followers) {
      if (follower.wake === undefined) continue;
      // One that waits has seen all that came before these.
      if (follower.wants === undefined || entries.some(follower.wants)) rouse(follower);
      else follower.seen = this.#position;
    }
  }

  /** Entries before a position are not kept any more. */
  trim(oldest: Position): void {
    this.#oldest = Math.max(oldest, this.#oldest);
    this.#entries = this.#entries.filter(({ position }) => position >= this.#oldest);
    this.#wake();
  }

  /** Goes on from a position although those before it were never published: nobody keeps them any more. */
  skipTo(oldest: Position): void {
    this.#entries = [];
    this.#position = oldest - 1;
    this.trim(oldest);
  }

  /** Ends all followers. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *follow(after: Position, signal: AbortSignal, wants?: Wants): AsyncGenerator<readonly Entry[]> {
    this.#refuseLost(after);
    const follower: Follower = { seen: after, wants, wake: undefined };
    // Once for all that it waits for.
    const woken = () => rouse(follower);
    this.#followers.add(follower);
    signal.addEventListener("abort", woken);
    try {
      while (!signal.aborted && !this.#closed) {
        if (follower.seen >= this.#position) {
          await new Promise<void>((resolve) => (follower.wake = resolve));
          continue;
        }
        const entries = this.#fromMemory(follower.seen) ?? (await this.#fromTable(follower.seen));
        if (signal.aborted || this.#closed) return;
        follower.seen = entries.at(-1)?.position ?? follower.seen;
        const wanted = wants ? entries.filter(wants) : entries;
        if (wanted.length > 0) yield wanted;
      }
    } finally {
      this.#followers.delete(follower);
      signal.removeEventListener("abort", woken);
    }
  }

  #refuseLost(seen: Position): void {
    if (seen + 1 < this.#oldest) {
      throw new PositionLostError(`journal entries up to ${this.#oldest - 1} are not kept any more`);
    }
    if (seen > this.#position) throw new PositionLostError(`the journal has no position ${seen} yet`);
  }

  #fromMemory(seen: Position): readonly Entry[] | undefined {
    const first = this.#entries[0]?.position;
    if (first === undefined || seen + 1 < first) return undefined;
    // Positions have no gaps, so a position tells its place.
    const from = seen + 1 - first;
    return this.#entries.slice(from, from + mostEntries);
  }

  async #fromTable(seen: Position): Promise<readonly Entry[]> {
    const { entries, oldest } = await this.#read(seen, mostEntries);
    if (seen + 1 < oldest) throw new PositionLostError(`journal entries up to ${oldest - 1} are not kept any more`);
    return entries.filter(({ position }) => position <= this.#position);
  }

  #wake(): void {
    for (const follower of this.#followers) rouse(follower);
  }
}

/** It waits no more from this moment on, not only when it goes on. */
function rouse(follower: Follower): void {
  const { wake } = follower;
  follower.wake = undefined;
  wake?.();
}
