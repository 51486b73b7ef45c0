/** Bytes of a message while it is written. */
export class MessageBytes {
  #bytes: Buffer;
  #at: number;

  /**
   * @param capacity - bytes that are expected; more find room too
   * @param head - bytes that are left free before the message
   */
  constructor(capacity: number, head = 0) {
    this.#bytes = Buffer.allocUnsafeSlow(head + capacity);
    this.#at = head;
  }

  /** What was written; no copy of it. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Forgets what was written, so that the same memory is used for the next message. */
  clear(): void {
    this.#at = 0;
  }

  /** @param value - a whole number from 0 to 2^53 */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      // Beyond 32 bits there are no operators on bits.
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  bigVarint(value: bigint): void {
    if (value >= 0n && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value));
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  /** With its length before it. */
  text(value: string): void {
    // A character is three bytes at most.
    if (value.length > 42) {
      const length = Buffer.byteLength(value);
      this.varint(length);
      this.#reserve(length);
      this.#at += this.#bytes.write(value, this.#at);
      return;
    }
    this.#reserve(1 + 3 * value.length);
    const length = this.#bytes.write(value, this.#at + 1);
    this.#bytes[this.#at] = length;
    this.#at += 1 + length;
  }

  /** With their length before them. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** What `write` writes, with its length before it. */
  nested(write: () => void): void {
    this.#reserve(1);
    const start = ++this.#at;
    write();
    const length = this.#at - start;
    if (length < 0x80) {
      this.#bytes[start - 1] = length;
      return;
    }
    // The length takes more than the one byte that was left for it.
    const more = Math.ceil(Math.log2(length + 1) / 7) - 1;
    this.#reserve(more);
    this.#bytes.copyWithin(start + more, start, this.#at);
    this.#at = start - 1;
    this.varint(length);
    this.#at += length;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + count));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
