import type { Ended, Hello, SignalName, StartAttempt, Started } from "./protocol.ts";

/**
 * Why a launcher can no longer be used. `lost`: it died (or can no longer be reached), and what it had started lives on without it; `live` names what
 * was under way. `replaced`: another process said hello. `closed`: by `close` or `shutdown`.
 */
export type Gone =
  | { readonly why: "lost"; readonly live: readonly Started[] }
  | { readonly why: "replaced" }
  | { readonly why: "closed" };

/**
 * Starts attempts on this machine, in a process that outlives this one. Every method rejects with a `LauncherError`.
 * A call that a broken connection interrupted is repeated on the next one; none of them does anything twice.
 */
export interface Launcher {
  /** What lives and what ended, including what was started before this process. */
  hello(): Promise<Hello>;
  /**
   * Starts an attempt. What cannot be started (no such program, no such folder) is no error of this call, but an
   * end with the reason, returned here and told by `ends` like every other. Starting an id again that is not forgotten
   * returns what became of it. The end of a short attempt may be told before this resolves, as the answer waits some
   * milliseconds for what else there is to tell.
   */
  start(attempt: StartAttempt): Promise<Started | Ended>;
  /** Signals all processes of an attempt; those that left its group too. False when it is not there or has ended. */
  signal(id: string, signal: SignalName): Promise<boolean>;
  /** Drops an end and the pipes with what is unread in them. Refused while the attempt lives; unknown ids are fine. */
  forget(id: string): Promise<void>;
  /** Every end once: those not forgotten, then those to come. Finishes with the signal, or when the launcher is gone. */
  ends(signal?: AbortSignal): AsyncIterable<Ended>;
  /** Ends the launcher. Refused while an attempt lives or an end is not forgotten. */
  shutdown(): Promise<void>;
  /** Only disconnects: attempts go on, and what is told meanwhile is kept for the next client. */
  close(): void;
  /** Resolves, once, when this launcher cannot be used any more; never rejects. Open another one then. */
  readonly gone: Promise<Gone>;
}
