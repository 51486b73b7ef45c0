/** A unit of work, as a function: they are told apart by it. */
export type UnitFunction = (...given: never[]) => unknown;

/** How much the latest run counts. */
const weight = 0.2;

/**
 * Which units change something, and which only look. One that mostly looked of late is tried as a reader first: it need
 * not wait for the right to write, and many look at once, such as all workers whenever a task is queued.
 */
export class Habits {
  /** Share of runs that changed nothing, of late. */
  readonly #idle = new WeakMap<UnitFunction, number>();

  mostlyReads(unit: UnitFunction): boolean {
    return (this.#idle.get(unit) ?? 0) >= 0.5;
  }

  /** Notes whether a run asked for a change. */
  note(unit: UnitFunction, wrote: boolean): void {
    const idle = wrote ? 0 : 1;
    const before = this.#idle.get(unit) ?? idle;
    this.#idle.set(unit, before + (idle - before) * weight);
  }
}
