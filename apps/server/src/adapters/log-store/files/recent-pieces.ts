import type { LogChunk } from "#core/logs/log.ts";

/** Bytes of a log that are held for its followers. */
const most = 262_144;

type Batch = readonly [LogChunk, ...LogChunk[]];

/**
 * The newest pieces of a log, in the batches in which they came.
 *
 * Followers that are up to date all get the same array, so that whoever encodes it for one can do so for all.
 */
export class RecentPieces {
  readonly #byOffset = new Map<number, Batch>();
  #bytes = 0;

  add(chunks: readonly LogChunk[]): void {
    const [first, ...rest] = chunks;
    if (!first) return;
    this.#byOffset.set(first.offset, [first, ...rest]);
    this.#bytes += sizeOf(chunks);
    for (const [offset, batch] of this.#byOffset) {
      if (this.#bytes <= most) return;
      this.#bytes -= sizeOf(batch);
      this.#byOffset.delete(offset);
    }
  }

  /** The batch that begins at an offset, if it is still held. */
  from(offset: number): Batch | undefined {
    return this.#byOffset.get(offset);
  }

  clear(): void {
    this.#byOffset.clear();
    this.#bytes = 0;
  }
}

function sizeOf(chunks: readonly LogChunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
}
