import type { LogBatch } from "#core/logs/log.ts";

/** Bytes of a log that are held for its followers. */
const most = 262_144;

/**
 * The newest pieces of a log, in the batches in which they came.
 *
 * Followers that are up to date all get the same object, so that whoever encodes it for one can do so for all.
 */
export class RecentPieces {
  readonly #byOffset = new Map<number, LogBatch>();
  #bytes = 0;

  add(batch: LogBatch): void {
    const [first] = batch.chunks;
    if (!first) return;
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
