import type { StagedFile } from "#core/jobs/job.ts";

/** Why a file is not here; the words of the Agent's `stage-error-bin`. */
export interface StagingProblem {
  readonly reason: "NOT_FOUND" | "UNAVAILABLE" | "CHECKSUM" | "NO_SPACE";
  /** One sentence for people. */
  readonly message: string;
}

export type Staged = { readonly file: StagedFile } | { readonly problem: StagingProblem };

export interface StagingLimits {
  /** Bytes that staged files may take together. */
  readonly bytes: number;
  /** Milliseconds for which a job waits for a file that cannot be had. */
  readonly longestHold: number;
}

/** Files fetched at a time. */
const atOnce = 4;

/**
 * Which files are being fetched in this process: each once, whoever asks for it, and to its end, whoever goes away.
 */
export class Staging {
  readonly limits: StagingLimits;
  readonly #underWay = new Map<string, Promise<Staged>>();
  readonly #queue: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #running = 0;

  constructor(limits: StagingLimits) {
    this.limits = limits;
  }

  /** Fetches a file, or joins those who wait for it. */
  once(id: string, fetch: (signal: AbortSignal) => Promise<Staged>): Promise<Staged> {
    const known = this.#underWay.get(id);
    if (known) return known;
    const fetching = this.#inTurn(() => fetch(this.#closing.signal)).finally(() => {
      this.#underWay.delete(id);
      this.changed();
    });
    this.#underWay.set(id, fetching);
    // Somebody who asked may have gone.
    fetching.catch(() => {});
    return fetching;
  }

  isUnderWay(id: string): boolean {
    return this.#underWay.has(id);
  }

  /** A file has come, by whatever way, or could not be fetched. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Calls back after each change until the signal aborts. */
  onChange(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Gives up what is being fetched; it begins anew after the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#underWay.values());
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running += 1;
    try {
      return await act();
    } finally {
      const next = this.#queue.shift();
      // The place is handed on, not given back.
      if (next) next();
      else this.#running -= 1;
    }
  }
}
