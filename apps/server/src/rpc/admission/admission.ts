import { TokenBucket } from "#core/token-bucket.ts";

/** How much one caller may ask of the server at a time; all callers together may ask for four times as much. */
export interface AdmissionLimits {
  /** Calls of one caller a second, on average; twice as many in a burst. */
  readonly callsPerSecond: number;
  /** Calls of one caller under way, each one question and one answer. */
  readonly callsAtOnce: number;
  /** The same for streams, which stay open for as long as somebody watches. */
  readonly streamsAtOnce: number;
}

export const defaultAdmission: AdmissionLimits = { callsPerSecond: 10_000, callsAtOnce: 2_048, streamsAtOnce: 4_096 };

export type CallKind = "call" | "stream";

/** Why a call is turned away; the list is closed. */
export const shedReasons = ["rate", "calls", "streams", "all-calls", "all-streams"] as const;
export type ShedReason = (typeof shedReasons)[number];

export type Admitted =
  | { readonly admitted: true; readonly release: () => void }
  | { readonly admitted: false; readonly reason: ShedReason; readonly retryMs: number };

const togetherFactor = 4;
/** When something under way may have ended. */
const busyRetryMs = 1_000;
/** Callers that are remembered though nothing of theirs is under way. */
const mostIdle = 10_000;

interface Caller {
  readonly bucket: TokenBucket;
  readonly underWay: Record<CallKind, number>;
}

/** Counts what is under way, by caller and in all, and turns away what is too much. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #now: () => number;
  readonly #callers = new Map<string, Caller>();
  readonly #underWay: Record<CallKind, number> = { call: 0, stream: 0 };

  /** @param now - milliseconds of a clock that never goes back */
  constructor(limits: AdmissionLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Call `release` when the call has ended. */
  admit(name: string, kind: CallKind): Admitted {
    const most = kind === "call" ? this.#limits.callsAtOnce : this.#limits.streamsAtOnce;
    if (this.#underWay[kind] >= togetherFactor * most) return refused(`all-${kind}s`, busyRetryMs);
    const caller = this.#callerOf(name);
    if (caller.underWay[kind] >= most) return refused(`${kind}s`, busyRetryMs);
    const wait = caller.bucket.take(this.#now());
    if (wait > 0) return refused("rate", wait);
    caller.underWay[kind] += 1;
    this.#underWay[kind] += 1;
    return { admitted: true, release: this.#releaseOnce(caller, kind) };
  }

  /** Callers that are known. */
  get remembered(): number {
    return this.#callers.size;
  }

  #releaseOnce(caller: Caller, kind: CallKind): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      caller.underWay[kind] -= 1;
      this.#underWay[kind] -= 1;
    };
  }

  #callerOf(name: string): Caller {
    const known = this.#callers.get(name);
    if (known) return known;
    if (this.#callers.size >= mostIdle) this.#forgetIdle();
    const { callsPerSecond } = this.#limits;
    const bucket = new TokenBucket(callsPerSecond, 2 * callsPerSecond, this.#now());
    const caller = { bucket, underWay: { call: 0, stream: 0 } };
    this.#callers.set(name, caller);
    return caller;
  }

  /** Whoever has rested comes back as somebody new; should all be busy, the limits on all hold. */
  #forgetIdle(): void {
    const now = this.#now();
    for (const [name, { bucket, underWay }] of this.#callers) {
      if (underWay.call + underWay.stream === 0 && bucket.isFull(now)) this.#callers.delete(name);
    }
  }
}

function refused(reason: ShedReason, retryMs: number): Admitted {
  return { admitted: false, reason, retryMs };
}
