import { PIECE_LIMIT, wholeCharacters } from "./cut-bytes.ts";

/** Holds back the unfinished last line of one stream, so that pieces end where lines do. */
export class LineFramer {
  #held: Uint8Array[] = [];
  #size = 0;

  /** Bytes of the unfinished line. */
  get size(): number {
    return this.#size;
  }

  /** The unfinished line. */
  get held(): Uint8Array {
    return Buffer.concat(this.#held);
  }

  /** Takes bytes; returns those that may go out now, if any. Lines longer than the limit of a piece are cut. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const end = bytes.lastIndexOf(10) + 1;
    const whole = end > 0 ? this.#take(bytes.subarray(0, end)) : undefined;
    this.#hold(bytes.subarray(end));
    if (this.#size < PIECE_LIMIT) return whole;
    const long = this.flush();
    return whole && long ? Buffer.concat([whole, long]) : (whole ?? long);
  }

  /** Returns the unfinished line but for an unfinished character at its end, which goes too when it is the last. */
  flush(last = false): Uint8Array | undefined {
    if (this.#size === 0) return undefined;
    const all = this.#take(new Uint8Array());
    const end = last ? all.length : wholeCharacters(all);
    this.#hold(all.subarray(end));
    return end > 0 ? all.subarray(0, end) : undefined;
  }

  /** All that is held, with `bytes` behind it. */
  #take(bytes: Uint8Array): Uint8Array {
    const all = this.#size === 0 ? bytes : Buffer.concat([...this.#held, bytes]);
    this.#held = [];
    this.#size = 0;
    return all;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // A copy: the reader may use the chunk's memory again, and a small rest must not keep a large chunk alive.
    this.#held.push(Buffer.from(bytes));
    this.#size += bytes.length;
  }
}
