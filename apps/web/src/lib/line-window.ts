import type { LogLine } from "#lib/log-source.ts";

/** Reads lines `from` up to, not including, `to`; fewer when the log is shorter. */
export type LoadLines = (from: number, to: number) => Promise<readonly LogLine[]>;

interface Chunk {
  readonly lines: LogLine[];
  loading?: Promise<void> | undefined;
}

/** The last used lines of a long log, in chunks, with the rest left on the server. */
export class LineWindow {
  readonly #chunks = new Map<number, Chunk>();
  readonly #load: LoadLines;
  readonly #size: number;
  readonly #keep: number;

  /**
   * @param size - lines in a chunk, which is what one request asks for
   * @param keep - chunks kept; the least recently used go first
   */
  constructor(load: LoadLines, size = 500, keep = 40) {
    this.#load = load;
    this.#size = size;
    this.#keep = keep;
  }

  /** The lines, at once when all of them are here; else once they are. Chunks on their way are not asked for again. */
  get(from: number, to: number): readonly LogLine[] | Promise<readonly LogLine[]> {
    const missing = this.#chunksOf(from, to).filter((index) => !this.#holds(index, to));
    if (missing.length === 0) return this.#slice(from, to);
    return Promise.all(missing.map((index) => this.#fetch(index))).then(() => this.#slice(from, to));
  }

  /** Keeps lines that came by themselves. Lines that do not adjoin what is known of their chunk are left to be asked for. */
  put(from: number, lines: readonly LogLine[]): void {
    for (const index of this.#chunksOf(from, from + lines.length)) {
      const start = index * this.#size;
      const chunk = this.#touch(index);
      const first = Math.max(from, start);
      if (first - start > chunk.lines.length) continue;
      const part = lines.slice(first - from, Math.max(0, start + this.#size - from));
      chunk.lines.splice(first - start, part.length, ...part);
    }
    this.#trim();
  }

  /** Forgets what is known from a position on. */
  forget(from = 0): void {
    for (const [index, chunk] of this.#chunks) {
      const start = index * this.#size;
      if (start >= from) this.#chunks.delete(index);
      else if (start + chunk.lines.length > from) chunk.lines.length = from - start;
    }
  }

  #chunksOf(from: number, to: number): number[] {
    const first = Math.floor(from / this.#size);
    const last = Math.ceil(to / this.#size);
    return Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  }

  #holds(index: number, to: number): boolean {
    const wanted = Math.min(to - index * this.#size, this.#size);
    return (this.#chunks.get(index)?.lines.length ?? 0) >= wanted;
  }

  #fetch(index: number): Promise<void> {
    const chunk = this.#touch(index);
    chunk.loading ??= this.#fill(index, chunk).finally(() => {
      chunk.loading = undefined;
    });
    return chunk.loading;
  }

  async #fill(index: number, chunk: Chunk): Promise<void> {
    const start = index * this.#size;
    const known = chunk.lines.length;
    const lines = await this.#load(start + known, start + this.#size);
    // what came by itself meanwhile stays: lines seen once keep their identity
    if (chunk.lines.length === known) chunk.lines.push(...lines.slice(0, this.#size - known));
    this.#trim();
  }

  #touch(index: number): Chunk {
    const chunk = this.#chunks.get(index) ?? { lines: [] };
    this.#chunks.delete(index);
    this.#chunks.set(index, chunk);
    return chunk;
  }

  #slice(from: number, to: number): readonly LogLine[] {
    return this.#chunksOf(from, to).flatMap((index) => {
      const start = index * this.#size;
      return this.#touch(index).lines.slice(Math.max(0, from - start), Math.max(0, to - start));
    });
  }

  #trim(): void {
    for (const [index, chunk] of this.#chunks) {
      if (this.#chunks.size <= this.#keep) return;
      if (chunk.loading === undefined) this.#chunks.delete(index);
    }
  }
}
