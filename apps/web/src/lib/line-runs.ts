/** Positions that follow one another: `from` up to, not including, `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * An increasing selection of positions in something long, kept as runs: the row of a position and the position of a row
 * are found by halving. 24 bytes a run, whatever its length.
 */
export class LineRuns {
  #size = 0;
  #from = new Float64Array(16);
  #to = new Float64Array(16);
  /** Rows before each run. */
  #before = new Float64Array(16);

  /** Selected positions. */
  get count(): number {
    const last = this.#size - 1;
    return last < 0 ? 0 : this.#beforeAt(last) + this.#toAt(last) - this.#fromAt(last);
  }

  /** Runs, which is what memory goes by. */
  get size(): number {
    return this.#size;
  }

  /** The position after the last selected one; 0 for an empty selection. */
  get end(): number {
    return this.#size === 0 ? 0 : this.#toAt(this.#size - 1);
  }

  /** Selects more at the end; what is selected already is passed over. */
  add({ from, to }: Run): void {
    const { end } = this;
    if (to <= end) return;
    if (this.#size > 0 && from <= end) {
      this.#to[this.#size - 1] = to;
      return;
    }
    if (this.#size === this.#from.length) this.#widen();
    const before = this.count;
    this.#from[this.#size] = from;
    this.#to[this.#size] = to;
    this.#before[this.#size] = before;
    this.#size += 1;
  }

  clear(): void {
    this.#size = 0;
  }

  /** The position that a row shows. */
  at(row: number): number {
    const run = this.#lastWith((index) => this.#beforeAt(index) <= row);
    return run < 0 ? row : this.#fromAt(run) + row - this.#beforeAt(run);
  }

  /** The row that shows a position, or else the next one that is shown; the count of rows where there is none. */
  rowOf(position: number): number {
    const run = this.#lastWith((index) => this.#fromAt(index) <= position);
    if (run < 0) return 0;
    return this.#beforeAt(run) + Math.min(position, this.#toAt(run)) - this.#fromAt(run);
  }

  /** What rows `from` up to, not including, `to` show. */
  slice(from: number, to: number): readonly Run[] {
    const runs: Run[] = [];
    const end = Math.min(to, this.count);
    for (
      let row = from, run = this.#lastWith((index) => this.#beforeAt(index) <= from);
      row < end && run >= 0;
      run += 1
    ) {
      const start = this.#fromAt(run) + row - this.#beforeAt(run);
      const stop = Math.min(this.#toAt(run), start + end - row);
      runs.push({ from: start, to: stop });
      row += stop - start;
    }
    return runs;
  }

  /** The last run of which something holds that holds of all before it; -1 when it holds of none. */
  #lastWith(holds: (index: number) => boolean): number {
    let [low, high] = [-1, this.#size];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (holds(middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  #fromAt(index: number): number {
    return this.#from[index] ?? 0;
  }

  #toAt(index: number): number {
    return this.#to[index] ?? 0;
  }

  #beforeAt(index: number): number {
    return this.#before[index] ?? 0;
  }

  #widen(): void {
    const wider = (old: Float64Array) => {
      const made = new Float64Array(old.length * 2);
      made.set(old);
      return made;
    };
    this.#from = wider(this.#from);
    this.#to = wider(this.#to);
    this.#before = wider(this.#before);
  }
}
