import type { Automaton } from "./automaton.ts";
import { MIN_SECRET_BYTES } from "./secret-patterns.ts";

/** What stands where secret bytes were. */
const MASK = Buffer.from("***");

/**
 * Where a masker stands within its input, without a byte of it: the end of the input that may yet turn out to be the
 * begin of a secret is named by the pattern it begins.
 */
export interface MaskerPosition {
  readonly pattern: number;
  /** Bytes of that pattern that are held back. */
  readonly depth: number;
  /** Held-back bytes that a written mask already stands for; -1 when no mask ends right before them. */
  readonly covered: number;
}

/**
 * Replaces every byte that is part of an occurrence of any pattern; touching occurrences become one {@link MASK}.
 * However the input is cut, the output is the same. At most one byte less than the longest pattern is held back.
 */
export class Masker {
  readonly #automaton: Automaton;
  #state = 0;
  /** Occurrences that are not written yet, merged, ascending; 0 is the begin of the next chunk. */
  #found: { from: number; to: number }[] = [];
  /** Up to where the last written mask stands; 0 is the begin of the next chunk. */
  #maskedTo = Number.NEGATIVE_INFINITY;

  /** @param resumed - where another masker stopped, whose held-back bytes were `held` */
  constructor(automaton: Automaton, resumed?: { readonly held: Uint8Array; readonly covered: number }) {
    this.#automaton = automaton;
    if (!resumed) return;
    if (resumed.covered >= 0) this.#maskedTo = resumed.covered;
    // Held-back bytes are the begin of a pattern, so reading them again leads to the same state and writes nothing.
    this.push(resumed.held);
    // Should they be others, as another version of this program looks for more: few bytes of a secret may ever be written.
    if (resumed.held.length >= MIN_SECRET_BYTES) this.#mark(-resumed.held.length, 0);
  }

  /** Goes on from a position of a masker that looked for the same. */
  static resume(automaton: Automaton, { pattern, depth, covered }: MaskerPosition): Masker {
    const held = automaton.patterns[pattern]?.subarray(0, depth) ?? new Uint8Array();
    return new Masker(automaton, { held, covered });
  }

  /** Takes the next bytes of the input; returns what is decided. The result may share the chunk's memory. */
  push(chunk: Uint8Array): Uint8Array {
    const before = this.#held();
    this.#scan(chunk);
    return this.#write(before, chunk, chunk.length - this.#automaton.depth[this.#state]!);
  }

  /** The input has ended: returns what was held back. */
  end(): Uint8Array {
    const before = this.#held();
    this.#state = 0;
    return this.#write(before, new Uint8Array(), 0);
  }

  position(): MaskerPosition {
    const depth = this.#automaton.depth[this.#state]!;
    const covered = Math.max(-1, this.#maskedTo + depth);
    return { pattern: this.#automaton.patternOf[this.#state]!, depth, covered };
  }

  #held(): Uint8Array {
    const { depth, patternOf, patterns } = this.#automaton;
    return patterns[patternOf[this.#state]!]?.subarray(0, depth[this.#state]!) ?? new Uint8Array();
  }

  #scan(chunk: Uint8Array): void {
    const { fromRoot, match } = this.#automaton;
    let state = this.#state;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      state = state === 0 ? fromRoot[byte]! : this.#automaton.next(state, byte);
      if (state !== 0 && match[state]! > 0) this.#mark(at + 1 - match[state]!, at + 1);
    }
    this.#state = state;
  }

  /** Occurrences come with ascending ends, so only the last ones can touch a new one. */
  #mark(from: number, to: number): void {
    let start = from;
    for (let last = this.#found.at(-1); last !== undefined && last.to >= start; last = this.#found.at(-1)) {
      start = Math.min(start, last.from);
      this.#found.pop();
    }
    this.#found.push({ from: start, to });
  }

  /** Writes the input from the begin of `before` up to `limit`, which counts from the begin of `chunk`. */
  #write(before: Uint8Array, chunk: Uint8Array, limit: number): Uint8Array {
    const parts: Uint8Array[] = [];
    const raw = (from: number, to: number): void => {
      if (from < Math.min(to, 0)) parts.push(before.subarray(before.length + from, before.length + Math.min(to, 0)));
      if (Math.max(from, 0) < to) parts.push(chunk.subarray(Math.max(from, 0), to));
    };
    let at = Math.max(-before.length, this.#maskedTo);
    while (this.#found[0] !== undefined && this.#found[0].from < limit) {
      const { from, to } = this.#found.shift()!;
      raw(at, from);
      if (from > this.#maskedTo) parts.push(MASK);
      this.#maskedTo = Math.max(this.#maskedTo, to);
      at = this.#maskedTo;
    }
    raw(at, limit);
    this.#found = this.#found.map(({ from, to }) => ({ from: from - chunk.length, to: to - chunk.length }));
    this.#maskedTo -= chunk.length;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
