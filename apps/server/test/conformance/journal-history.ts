import type { Entry } from "#core/journal/entry.ts";
import { PositionLostError, type Store } from "#core/ports/store.ts";

/** What one follower was told, from the position at which it began. */
export interface History {
  readonly after: number;
  readonly entries: Entry[];
  /** It was behind the trim, and began again from there. */
  lost: number;
}

/** Pseudo-random numbers, the same for the same seed, from 0 to below 1. */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Follows a journal to a position, as a client does: goes away and comes back, is slow now and then, and begins anew with
 * a history of its own where its place is not kept any more.
 */
export async function follow(
  store: Store,
  next: () => number,
  after: number,
  until: () => number | undefined,
): Promise<History[]> {
  const histories: History[] = [{ after, entries: [], lost: 0 }];
  const place = () => histories.at(-1)!.entries.at(-1)?.position ?? histories.at(-1)!.after;
  while (place() < (until() ?? Number.POSITIVE_INFINITY)) {
    const stop = new AbortController();
    // Ends by itself when nothing comes any more, so that the end is seen.
    const idle = setTimeout(() => stop.abort(), 200);
    try {
      let batches = Math.floor(next() * 8);
      for await (const batch of store.follow(place(), stop.signal)) {
        histories.at(-1)!.entries.push(...batch);
        // What is wrong already is not worth waiting for the end.
        if (faultOf(histories.at(-1)!, new Map()) !== undefined) return histories;
        if (next() < 0.1) await new Promise((resolve) => setTimeout(resolve, next() * 20));
        batches -= 1;
        if (batches < 0) break;
      }
    } catch (error) {
      if (!(error instanceof PositionLostError)) throw error;
      const position = store.position();
      // Still to come is a position only while another server is ahead of this one.
      if (position < place()) continue;
      histories.push({ after: position, entries: [], lost: histories.length });
    } finally {
      clearTimeout(idle);
      stop.abort();
    }
  }
  return histories;
}

/** What is wrong with a history: nothing when positions follow one another, and entries are those that were written. */
export function faultOf({ after, entries }: History, written: ReadonlyMap<number, number>): string | undefined {
  for (const [index, entry] of entries.entries()) {
    const expected = after + 1 + index;
    if (entry.position !== expected) return `position ${entry.position} was told where ${expected} comes`;
    const at = written.get(entry.position);
    if (at !== undefined && at !== entry.at) return `position ${entry.position} is ${at}, and ${entry.at} was told`;
  }
  return undefined;
}
