import type { Run } from "#lib/line-runs.ts";
import type { LogGroup } from "#lib/log-groups.ts";
import type { LogSource } from "#lib/log-source.ts";
import { type LoadRuns, PartialLog } from "#lib/partial-log.ts";

/** A log without the lines of folded groups; of each its first line stays. */
export class FoldedLog extends PartialLog {
  readonly #base: LogSource;
  #folded: readonly LogGroup[] = [];
  /** Lines of the base that rows were made of. */
  #taken = 0;

  constructor(base: LogSource, load: LoadRuns) {
    super(base, load);
    this.#base = base;
  }

  /** Follows the base until the returned function is called. */
  start(): () => void {
    this.#rebuild();
    return this.#base.subscribe((change) => {
      if (change.kind === "reset") this.#rebuild();
      else if (change.kind === "changed") this.change(change.from);
      this.#grow();
      if (this.#base.ended) this.end();
    });
  }

  /** Folds these groups and no others. */
  fold(groups: readonly LogGroup[]): void {
    const same = (group: LogGroup, index: number) =>
      group.line === this.#folded[index]?.line && group.last === this.#folded[index]?.last;
    if (groups.length === this.#folded.length && groups.every(same)) return;
    this.#folded = groups;
    this.#rebuild();
  }

  #rebuild(): void {
    this.#taken = this.#base.lineCount;
    this.replace(this.#shown());
    if (this.#base.ended) this.end();
  }

  #grow(): void {
    const { lineCount } = this.#base;
    if (lineCount <= this.#taken) return;
    const known = this.#base.numberAt(this.#taken);
    const reaching = this.#folded.some(({ last }) => last >= known);
    const from = this.#taken;
    this.#taken = lineCount;
    if (reaching) this.add(this.#shown());
    else this.add([{ from, to: lineCount }]);
  }

  /** Everything but what is folded, as positions of the base. */
  #shown(): readonly Run[] {
    const runs: Run[] = [];
    let from = 0;
    for (const { line, last } of this.#folded) {
      const start = this.#base.positionOf(line + 1);
      const end = last === Number.POSITIVE_INFINITY ? this.#taken : this.#base.positionOf(last + 1);
      // a group within one that is folded hides nothing more
      if (end <= from || start >= end) continue;
      if (start > from) runs.push({ from, to: start });
      from = end;
    }
    if (from < this.#taken) runs.push({ from, to: this.#taken });
    return runs;
  }
}
