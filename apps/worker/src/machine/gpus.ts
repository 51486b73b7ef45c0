import type { Variables } from "../environment-variables.ts";
import { StepFailure } from "../step-failure.ts";

/** The graphics processors of the machine, none of which two attempts have at a time. */
export class Gpus {
  readonly #all: readonly string[];
  readonly #taken = new Set<string>();

  /** @param ids - as the driver names them */
  constructor(ids: readonly string[]) {
    this.#all = ids;
  }

  /** @throws StepFailure `no-gpu`, of the system, when so many are not free */
  take(count: number): readonly string[] {
    const free = this.#all.filter((id) => !this.#taken.has(id)).slice(0, count);
    // A worker whose own count was replaced by --offer has none to tell apart.
    if (this.#all.length === 0 || count === 0) return [];
    if (free.length < count) {
      const message = `The task asks for ${count} GPUs, and ${free.length} of the worker's ${this.#all.length} are free.`;
      throw new StepFailure("no-gpu", message, { system: true });
    }
    this.keep(free);
    return free;
  }

  /** They are in use by what an earlier worker process started. */
  keep(ids: readonly string[]): void {
    for (const id of ids) this.#taken.add(id);
  }

  giveBack(ids: readonly string[]): void {
    for (const id of ids) this.#taken.delete(id);
  }

  /** What shows a process these and no others; nothing on a machine without any. */
  variables(ids: readonly string[]): Variables {
    if (this.#all.length === 0) return {};
    return { CUDA_VISIBLE_DEVICES: ids.join(","), NVIDIA_VISIBLE_DEVICES: ids.join(",") || "none" };
  }
}
