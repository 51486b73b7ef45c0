import type { Call, CallObserver } from "./call.ts";

/** Tells observers of one call: that it has begun, what has come, and once how it ended. */
export class WatchedCall {
  readonly #call: Call;
  readonly #principal: string | undefined;
  readonly #observers: readonly CallObserver[];
  readonly #begun: number;
  #received = 0;
  #sent = 0;
  #over = false;

  /**
   * @param principal - name of whoever calls, where it is known
   * @param begun - when, as `performance.now()` tells it
   */
  constructor(
    call: Call,
    principal: string | undefined,
    observers: readonly CallObserver[],
    begun: number = performance.now(),
  ) {
    this.#call = call;
    this.#principal = principal;
    this.#observers = observers;
    this.#begun = begun;
    for (const observer of observers) observer.began?.(call);
  }

  received(bytes: number): void {
    this.#received += bytes;
    for (const observer of this.#observers) observer.received?.(this.#call, bytes);
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** What comes after the first time is not told. @param code - `ok`, or the code's name */
  end(code: string): void {
    if (this.#over) return;
    this.#over = true;
    const ended = {
      ...this.#call,
      received: this.#received,
      sent: this.#sent,
      code,
      seconds: (performance.now() - this.#begun) / 1000,
      ...(this.#principal !== undefined && { principal: this.#principal }),
    };
    for (const observer of this.#observers) observer.ended(ended);
  }
}
