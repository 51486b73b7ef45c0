import { abortable } from "../uplink.ts";

/** A build that several attempts wait for: all see its output, and it is ended when the last of them gives up. */
export class SharedBuild {
  /** Fulfilled when the build has ended, however that was. */
  readonly over: Promise<void>;
  readonly #result: Promise<void>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(text: string) => void>();

  constructor(build: (signal: AbortSignal, output: (text: string) => void) => Promise<void>) {
    this.#result = build(this.#abort.signal, (text) => {
      for (const listener of this.#listeners) listener(text);
    });
    this.over = this.#result.catch(() => undefined);
  }

  /** True once the last of those who waited has given up. */
  get isAbandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  /**
   * Waits for the end.
   *
   * @throws what the build threw, or the reason of the signal
   */
  async join(signal: AbortSignal, say: (text: string) => void): Promise<void> {
    const lines = wholeLines(say);
    this.#listeners.add(lines.take);
    try {
      await abortable(this.#result, signal);
    } finally {
      lines.end();
      this.#listeners.delete(lines.take);
      if (this.#listeners.size === 0) {
        this.#abort.abort(new Error("nobody waits for this environment any more"));
        // Its processes are gone before the attempt goes on to end.
        await this.over;
      }
    }
  }
}

/** Passes text on as whole lines: a secret that is cut in two is not recognised. */
export function wholeLines(say: (text: string) => void) {
  let rest = "";
  return {
    take: (text: string): void => {
      const end = (rest + text).lastIndexOf("\n") + 1;
      const all = rest + text;
      rest = all.slice(end);
      if (end > 0) say(all.slice(0, end));
    },
    end: (): void => {
      if (rest) say(rest);
    },
  };
}
