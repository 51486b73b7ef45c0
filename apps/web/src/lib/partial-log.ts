import { LineRuns, type Run } from "#lib/line-runs.ts";
import { LineWindow } from "#lib/line-window.ts";
import type { LogChange, LogLine, LogSource } from "#lib/log-source.ts";

/** Reads lines by runs of their positions in the whole log, in that order. */
export type LoadRuns = (runs: readonly Run[]) => Promise<readonly LogLine[]>;

/** Of a window with more runs than this each line is asked for by itself, rather than with its neighbours. */
const fewRuns = 3;

/** Some lines of a log, as a log: those of one stream, those that match, those outside folded groups. */
export class PartialLog implements LogSource {
  readonly #whole: LogSource;
  readonly #rows = new LineRuns();
  readonly #window: LineWindow;
  readonly #listeners = new Set<(change: LogChange) => void>();
  #ended = false;

  constructor(whole: LogSource, load: LoadRuns) {
    this.#whole = whole;
    this.#window = new LineWindow((from, to) => load(this.#wholeRuns(from, Math.min(to, this.#rows.count))), 200);
  }

  get lineCount(): number {
    return this.#rows.count;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Runs that are shown. */
  get runCount(): number {
    return this.#rows.size;
  }

  numberAt(position: number): number {
    return this.#whole.numberAt(this.#rows.at(position));
  }

  positionOf(number: number): number {
    return this.#rows.rowOf(this.#whole.positionOf(number));
  }

  lines(from: number, to: number): readonly LogLine[] | Promise<readonly LogLine[]> {
    const runs = this.#rows.slice(Math.max(0, from), to);
    if (runs.length > fewRuns) return this.#window.get(Math.max(0, from), Math.min(to, this.#rows.count));
    const parts = runs.map((run) => this.#whole.lines(run.from, run.to));
    const known = parts.flatMap((part) => ("then" in part ? [] : [part]));
    return known.length === parts.length
      ? known.flat()
      : Promise.all(parts.map((part) => Promise.resolve(part))).then((all) => all.flat());
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Shows more lines, after those that are shown. */
  add(runs: readonly Run[]): void {
    const before = this.#rows.count;
    for (const run of runs) this.#rows.add(run);
    if (this.#rows.count > before) this.#tell({ kind: "grew" });
  }

  /** Shows other lines. */
  replace(runs: readonly Run[]): void {
    this.#window.forget();
    this.#rows.clear();
    for (const run of runs) this.#rows.add(run);
    this.#tell({ kind: "reset" });
  }

  /** Lines of the whole have changed from a position on: an unfinished one that went on. */
  change(from: number): void {
    const row = this.#rows.rowOf(from);
    if (row >= this.#rows.count) return;
    this.#window.forget(row);
    this.#tell({ kind: "changed", from: row, to: this.#rows.count });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#tell({ kind: "ended" });
  }

  /** Rows as runs of positions in the whole log, which may be partial itself. */
  #wholeRuns(from: number, to: number): readonly Run[] {
    const runs = new LineRuns();
    for (const run of this.#rows.slice(from, to)) {
      for (let at = run.from; at < run.to; at += 1) {
        const position = this.#whole.numberAt(at) - 1;
        runs.add({ from: position, to: position + 1 });
      }
    }
    return runs.slice(0, runs.count);
  }

  #tell(change: LogChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
