import { LineWindow, type LoadLines } from "#lib/line-window.ts";
import type { LogChange, LogLine, LogSource } from "#lib/log-source.ts";

/** A {@link LogSource} to be fed: by a loader for what is asked, and by a stream for what comes. */
export class WindowedLog implements LogSource {
  readonly #window: LineWindow;
  readonly #listeners = new Set<(change: LogChange) => void>();
  #count = 0;
  #levels = { error: 0, warn: 0 };
  #ended = false;

  constructor(load: LoadLines, size?: number, keep?: number) {
    this.#window = new LineWindow(load, size, keep);
  }

  get lineCount(): number {
    return this.#count;
  }

  /** How many lines look like errors and like warnings; the same object until that changes. */
  get levels(): { readonly error: number; readonly warn: number } {
    return this.#levels;
  }

  get ended(): boolean {
    return this.#ended;
  }

  numberAt(position: number): number {
    return position + 1;
  }

  positionOf(number: number): number {
    return number - 1;
  }

  lines(from: number, to: number): readonly LogLine[] | Promise<readonly LogLine[]> {
    return this.#window.get(Math.max(0, from), Math.min(to, this.#count));
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The log has this many lines now; those added are loaded when somebody looks. Never makes it shorter. */
  grow(lineCount: number): void {
    if (lineCount <= this.#count) return;
    this.#count = lineCount;
    this.#tell({ kind: "grew" });
  }

  /** So many lines of the whole log look like errors, and like warnings. */
  countLevels(error: number, warn: number): void {
    if (error === this.#levels.error && warn === this.#levels.warn) return;
    this.#levels = { error, warn };
    this.#tell({ kind: "grew" });
  }

  /** Lines came by themselves. They may overlap what is known: an unfinished last line that went on. */
  append(from: number, lines: readonly LogLine[]): void {
    const known = Math.min(this.#count, from + lines.length);
    this.#window.put(from, lines);
    this.#count = Math.max(this.#count, from + lines.length);
    if (from < known) this.#tell({ kind: "changed", from, to: known });
    if (from + lines.length > known) this.#tell({ kind: "grew" });
  }

  /** What is known from a position on is not how it is: it is loaded when somebody looks. */
  forget(from: number): void {
    this.#window.forget(from);
    if (from < this.#count) this.#tell({ kind: "changed", from, to: this.#count });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tell({ kind: "ended" });
  }

  /** Begins anew, as after the server said that positions have changed. */
  reset(lineCount = 0): void {
    this.#window.forget();
    this.#count = lineCount;
    this.#ended = false;
    this.#tell({ kind: "reset" });
  }

  #tell(change: LogChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
