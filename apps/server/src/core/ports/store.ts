import type { Entry, Position } from "#core/journal/entry.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { View } from "#core/ports/view.ts";

/** Where all state is kept. */
export interface Store {
  /**
   * Runs one unit of work; answered when what it wrote, and all that it saw, is durable.
   *
   * A unit may await nothing but `tx`, takes no clock, id or port, and may be run again. When it throws, nothing of it
   * stays.
   *
   * @throws RefusedError what the unit throws; `exhausted` when the disk is full
   */
  transact<I, R>(unit: (tx: Tx, input: I) => Promise<R>, input: I): Promise<R>;

  /** Reads for lists and pages, off the hot path; they see nothing that is not durable. */
  readonly view: View;

  /**
   * Entries after a position, in order, without gap or repeat, as they become durable; ends when the signal aborts.
   *
   * @param wants - tells those that are wanted; all unless given. A follower of few costs nothing while the others come
   * @throws PositionLostError when entries after the position are no longer kept
   */
  follow(after: Position, signal: AbortSignal, wants?: (entry: Entry) => boolean): AsyncIterable<readonly Entry[]>;

  /** Position of the newest durable entry. */
  position(): Position;

  /** Forgets journal entries before a position; what they take on the disk is freed then, or little by little. */
  trim(before: Position): Promise<void>;

  /** Of the technology that keeps the tables, as it was when the store was opened: `3.51.0`. */
  readonly version: string;
  /** Bytes that it takes where it keeps its tables. */
  size(): Promise<number>;

  /** Writes a whole copy of what is durable to a new file. Unset where that is the part of the technology's own tools. */
  readonly backup?: (file: string) => Promise<void>;

  /** Looks through all tables; answers what is damaged. Unset where the technology sees to that itself. */
  readonly findDamage?: () => Promise<readonly string[]>;

  close(): Promise<void>;
}

/** A follower's place in the journal has been trimmed away: take a new snapshot and follow from its position. */
export class PositionLostError extends Error {
  override readonly name = "PositionLostError";
}
