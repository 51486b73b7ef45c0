/** Whether this server is the one that does what is to be done once, and who is told when that changes. */
export class Leadership {
  #leads = false;
  readonly #listeners = new Set<() => void>();

  get leads(): boolean {
    return this.#leads;
  }

  set(leads: boolean): void {
    if (this.#leads === leads) return;
    this.#leads = leads;
    for (const listener of this.#listeners) listener();
  }

  /** Calls back at every change. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}
