import type { LogBatch } from "#core/logs/log.ts";

/** Bytes that are held for the followers of a log; twice that with what somebody has made of them. */
const most = 1_048_576;

/**
 * Pieces of a log that were read for followers last, in batches.
 *
 * Followers that are equally far all get the same object, so that whoever encodes it for one can do so for all.
 */
export class RecentPieces {
  readonly #byOffset = new Map<number, LogBatch>();
  #bytes = 0;

  add(batch: LogBatch): void {
    const [first] = batch.chunks;
    if (!first) return;
    const before = this.#byOffset.get(first.offset);
    if (before) this.#bytes -= bytesOf(before);
    this.#byOffset.delete(first.offset);
    this.#byOffset.set(first.offset, batch);
    this.#bytes += bytesOf(batch);
    for (const [offset, oldest] of this.#byOffset) {
      if (this.#bytes <= most) return;
      this.#bytes -= bytesOf(oldest);
      this.#byOffset.delete(offset);
    }
  }

  /** The batch that begins at an offset, if it is still held. */
  from(offset: number): LogBatch | undefined {
    return this.#byOffset.get(offset);
  }

  clear(): void {
    this.#byOffset.clear();
    this.#bytes = 0;
  }
}

function bytesOf({ chunks }: LogBatch): number {
  return chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
}
