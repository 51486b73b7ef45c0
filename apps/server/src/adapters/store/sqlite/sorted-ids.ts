/** Entries a chunk at most: moving half of one is a few microseconds. */
const chunkSize = 1_024;
const smallestChunk = 8;

/**
 * Ids in the order of a time and then of themselves, in 12 bytes each; adding, deleting, and taking the first touch one
 * chunk. Adding in order is fastest, and is what a queue does.
 */
export class SortedIds {
  readonly #chunks: Chunk[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an entry that is not there yet. */
  add(time: number, id: number): void {
    this.#size += 1;
    const at = this.#chunkFor(time, id);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      const last = this.#chunks.at(-1);
      if (last?.hasRoom()) last.insert(last.end, time, id);
      else this.#chunks.push(Chunk.of(time, id));
      return;
    }
    if (!chunk.hasRoom()) {
      this.#chunks.splice(at + 1, 0, chunk.split());
      this.#size -= 1;
      this.add(time, id);
      return;
    }
    chunk.insert(chunk.find(time, id), time, id);
  }

  /** Answers whether it was there. */
  delete(time: number, id: number): boolean {
    const at = this.#chunkFor(time, id);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return false;
    const place = chunk.find(time, id);
    if (chunk.times[place] !== time || chunk.ids[place] !== id) return false;
    chunk.remove(place);
    this.#size -= 1;
    if (chunk.start === chunk.end) this.#chunks.splice(at, 1);
    return true;
  }

  firstTime(): number {
    const chunk = this.#chunks[0]!;
    return chunk.times[chunk.start]!;
  }

  firstId(): number {
    const chunk = this.#chunks[0]!;
    return chunk.ids[chunk.start]!;
  }

  deleteFirst(): void {
    const chunk = this.#chunks[0]!;
    chunk.start += 1;
    this.#size -= 1;
    if (chunk.start === chunk.end) this.#chunks.shift();
  }

  /** Index of the first chunk that ends with this entry or a later one. */
  #chunkFor(time: number, id: number): number {
    let low = 0;
    let high = this.#chunks.length;
    if (high > 0 && this.#chunks[high - 1]!.endsBefore(time, id)) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#chunks[middle]!.endsBefore(time, id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class Chunk {
  times: Float64Array;
  ids: Uint32Array;
  start = 0;
  end = 0;

  constructor(capacity: number) {
    this.times = new Float64Array(capacity);
    this.ids = new Uint32Array(capacity);
  }

  static of(time: number, id: number): Chunk {
    const chunk = new Chunk(smallestChunk);
    chunk.insert(0, time, id);
    return chunk;
  }

  hasRoom(): boolean {
    return this.end - this.start < chunkSize;
  }

  endsBefore(time: number, id: number): boolean {
    const last = this.times[this.end - 1]!;
    return last < time || (last === time && this.ids[this.end - 1]! < id);
  }

  /** Where the entry is or belongs. */
  find(time: number, id: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      const at = this.times[middle]!;
      if (at < time || (at === time && this.ids[middle]! < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(place: number, time: number, id: number): void {
    let at = place;
    if (this.end === this.times.length) {
      at -= this.start;
      this.#renew(Math.min(chunkSize, Math.max(this.times.length, 2 * (this.end - this.start))));
    }
    if (at < this.end) {
      this.times.copyWithin(at + 1, at, this.end);
      this.ids.copyWithin(at + 1, at, this.end);
    }
    this.times[at] = time;
    this.ids[at] = id;
    this.end += 1;
  }

  remove(place: number): void {
    this.times.copyWithin(place, place + 1, this.end);
    this.ids.copyWithin(place, place + 1, this.end);
    this.end -= 1;
  }

  /** Moves the later half to a new chunk. */
  split(): Chunk {
    const middle = (this.start + this.end) >> 1;
    const later = new Chunk(this.times.length);
    later.times.set(this.times.subarray(middle, this.end));
    later.ids.set(this.ids.subarray(middle, this.end));
    later.end = this.end - middle;
    this.end = middle;
    return later;
  }

  /** Moves the entries to the beginning of new arrays. */
  #renew(capacity: number): void {
    const { times, ids } = this;
    this.times = new Float64Array(capacity);
    this.ids = new Uint32Array(capacity);
    this.times.set(times.subarray(this.start, this.end));
    this.ids.set(ids.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
  }
}
