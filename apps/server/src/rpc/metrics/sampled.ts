/** A value that is dear to find out: found out again when somebody asks and the last one is old, and never twice at a time. */
export class Sampled<T> {
  readonly #find: () => Promise<T>;
  readonly #freshMs: number;
  #value: T | undefined;
  #staleAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  /** @param freshMs - how long a value is good for, at least; one that took long to find out is good for longer */
  constructor(find: () => Promise<T>, freshMs: number) {
    this.#find = find;
    this.#freshMs = freshMs;
  }

  /**
   * The newest value, waiting at most `patienceMs` for a new one; undefined when there has never been one.
   *
   * Finding out takes a twentieth of the time at most, however dear it is.
   */
  async read(patienceMs: number): Promise<T | undefined> {
    if (performance.now() >= this.#staleAt) this.#underWay ??= this.#renew();
    if (this.#underWay) await Promise.race([this.#underWay, pause(patienceMs)]);
    return this.#value;
  }

  async #renew(): Promise<void> {
    const begun = performance.now();
    try {
      this.#value = await this.#find();
    } catch {
      // The old value stands; whoever broke the way to the new one tells of it.
    }
    const now = performance.now();
    this.#staleAt = now + Math.max(this.#freshMs, 20 * (now - begun));
    this.#underWay = undefined;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
