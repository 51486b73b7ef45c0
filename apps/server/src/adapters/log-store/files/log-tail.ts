import type { LogBatch, LogChunk, LogSize } from "#core/logs/log.ts";

const mebibyte = 1_048_576;
/** Bytes of a batch, about: some clients take no message of more than four million. */
const mostOfBatch = 262_144;
/** Bytes that are held for followers of one log who are behind; the more, when there is room for it. */
const least = mebibyte;
const most = 8 * mebibyte;

/** What the ends of all logs of a store hold together. */
export class TailRoom {
  /** What {@link LogTail}s hold; they keep it. */
  bytes = 0;
  readonly #most: number;

  constructor(bytes = 64 * mebibyte) {
    this.#most = bytes;
  }

  get isFull(): boolean {
    return this.bytes > this.#most;
  }
}

/**
 * The end of a log, as far back as a follower has yet to be told of it: who is a moment late need not read the file,
 * which a log that grows quickly would not let end.
 *
 * Followers that are equally far all get the same object, so that whoever encodes it for one can do so for all.
 */
export class LogTail {
  readonly #room: TailRoom;
  /** Without a gap between them. */
  #batches: LogBatch[] = [];
  #bytes = 0;

  constructor(room: TailRoom) {
    this.#room = room;
  }

  /**
   * Takes up what was appended.
   *
   * @param wanted - before this offset nobody needs anything any more
   */
  add(chunks: readonly LogChunk[], size: LogSize, wanted: number): void {
    if (chunks[0]?.offset !== this.#end) this.clear();
    for (const part of inBatches(chunks)) {
      this.#batches.push({ chunks: part, size });
      this.#hold(bytesOf(part));
    }
    const isWanted = this.#batches.findIndex((batch) => endOf(batch) > wanted);
    this.#drop(isWanted < 0 ? this.#batches.length : isWanted);
    while (this.#bytes > least && (this.#bytes > most || this.#room.isFull)) this.#drop(1);
  }

  /** Pieces from an offset, if they are held. */
  from(offset: number): LogBatch | undefined {
    const batch = this.#batches[this.#find(offset)];
    if (!batch || startOf(batch) === offset) return batch;
    // Who comes from reading the file is somewhere inside once, and with the others from there on.
    const at = batch.chunks.findIndex((chunk) => chunk.offset === offset);
    return at < 0 ? undefined : { chunks: batch.chunks.slice(at), size: batch.size };
  }

  clear(): void {
    this.#drop(this.#batches.length);
  }

  get #end(): number | undefined {
    const last = this.#batches.at(-1);
    return last && endOf(last);
  }

  /** Number of the batch that has an offset in it. */
  #find(offset: number): number {
    let [low, high] = [0, this.#batches.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (endOf(this.#batches[middle]!) <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#batches[low];
    return found && startOf(found) <= offset ? low : -1;
  }

  #drop(count: number): void {
    for (const { chunks } of this.#batches.splice(0, count)) this.#hold(-bytesOf(chunks));
  }

  #hold(bytes: number): void {
    this.#bytes += bytes;
    this.#room.bytes += bytes;
  }
}

function* inBatches(chunks: readonly LogChunk[]): Iterable<readonly LogChunk[]> {
  let part: LogChunk[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (part.length > 0 && bytes + chunk.bytes.length > mostOfBatch) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(chunk);
    bytes += chunk.bytes.length;
  }
  if (part.length > 0) yield part;
}

function startOf({ chunks }: LogBatch): number {
  return chunks[0]?.offset ?? 0;
}

function endOf({ chunks }: LogBatch): number {
  return chunks.at(-1)?.nextOffset ?? 0;
}

function bytesOf(chunks: readonly LogChunk[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
}
