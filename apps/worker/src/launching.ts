import {
  type Ended,
  type Gone,
  type Hello,
  type Launcher,
  LauncherError,
  type LauncherLog,
  openLauncher,
  type SignalName,
  type StartAttempt,
  type Started,
  sweepOrphans,
} from "./launcher/launcher.ts";
import type { MainProcess } from "./launcher/member-search.ts";
import { launcherSocket } from "./launcher-socket.ts";

/** How an attempt's process ended; `lost` when its launcher died, after whatever it left was killed. */
export type ProcessEnd = Ended | { readonly lost: true };

/**
 * The launcher of this worker, whichever it is at the moment: when one dies, what it had started is swept and told as
 * lost, and the next start brings up another one.
 */
export class Launching {
  readonly #folder: string;
  readonly #log: LauncherLog;
  readonly #ends = new Map<string, PromiseWithResolvers<ProcessEnd>>();
  readonly #starting = new Set<string>();
  #launcher: Promise<Launcher> | undefined;
  #closed = false;

  /** @param folder - the launcher's own */
  constructor(folder: string, log: LauncherLog) {
    this.#folder = folder;
    this.#log = log;
  }

  /** What the launcher has from before this process. */
  async hello(): Promise<Hello> {
    return (await this.#open()).hello();
  }

  /**
   * As {@link Launcher.start}; the end is also told by {@link end}. Asks again while it is not known what became of the
   * start, which starts nothing twice.
   *
   * @throws LauncherError when there is no launcher to be had, or this was closed
   */
  async start(attempt: StartAttempt): Promise<Started | ProcessEnd> {
    this.#starting.add(attempt.id);
    try {
      return await this.#startSurely(attempt);
    } finally {
      this.#starting.delete(attempt.id);
    }
  }

  /** Fulfilled when nothing of the attempt lives any more. */
  end(id: string): Promise<ProcessEnd> {
    return this.#endOf(id).promise;
  }

  /** False when there is nothing to signal. */
  async signal(id: string, signal: SignalName): Promise<boolean> {
    try {
      return await (await this.#open()).signal(id, signal);
    } catch {
      // The launcher died: its attempts are swept and told as lost.
      return false;
    }
  }

  /** Does not wait for the launcher, which forgets before it does anything that is asked later. */
  forget(id: string): void {
    this.#ends.delete(id);
    // One that died has nothing left to forget.
    this.#launcher?.then((launcher) => launcher.forget(id)).catch(() => undefined);
  }

  /** Kills what is left of attempts that no launcher knows. */
  async sweep(attempts: readonly MainProcess[]): Promise<void> {
    const { left } = await sweepOrphans({ folder: this.#folder, attempts });
    if (left > 0) this.#log.warn({ left }, "processes of lost attempts could not be killed");
  }

  /** Lets go of the launcher, which stays as long as it has attempts and goes when it has none. */
  async close(): Promise<void> {
    this.#closed = true;
    const launcher = await this.#launcher?.catch(() => undefined);
    await launcher?.shutdown().catch(() => launcher.close());
  }

  #open(): Promise<Launcher> {
    if (this.#launcher) return this.#launcher;
    const opening = openLauncher({ folder: this.#folder, socketPath: launcherSocket(this.#folder), log: this.#log });
    this.#launcher = opening;
    opening.then(
      (launcher) => {
        void this.#follow(launcher);
        void launcher.gone.then((gone) => this.#gone(gone));
      },
      () => {
        this.#launcher = undefined;
      },
    );
    return opening;
  }

  async #startSurely(attempt: StartAttempt): Promise<Started | ProcessEnd> {
    for (;;) {
      const launcher = await this.#open();
      try {
        return await launcher.start(attempt);
      } catch (error) {
        const code = error instanceof LauncherError ? error.code : undefined;
        // Maybe started by the one that died: told when that is swept.
        if (code === "lost") return this.end(attempt.id);
        if (code !== "silent" && code !== "replaced") throw error;
      }
    }
  }

  async #follow(launcher: Launcher): Promise<void> {
    for await (const ended of launcher.ends()) this.#endOf(ended.id).resolve(ended);
  }

  async #gone(gone: Gone): Promise<void> {
    if (this.#closed) return;
    this.#log.warn({ why: gone.why }, "the launcher is gone");
    // One whose start was never answered has no number yet; its environment names it.
    const unanswered = [...this.#starting].map((id) => ({ id, pid: -1, startTime: 0 }));
    const lost = gone.why === "lost" ? [...gone.live, ...unanswered] : [];
    this.#launcher = undefined;
    await this.sweep(lost);
    for (const { id } of lost) this.#endOf(id).resolve({ lost: true });
    if (gone.why === "replaced") await this.#open().catch(() => undefined);
  }

  #endOf(id: string): PromiseWithResolvers<ProcessEnd> {
    const known = this.#ends.get(id) ?? Promise.withResolvers<ProcessEnd>();
    this.#ends.set(id, known);
    return known;
  }
}
