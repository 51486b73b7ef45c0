import { Backoff } from "./backoff.ts";
import { type DispatchClient, isDefinite, isOutOfRoom } from "./connection.ts";

/** Options of {@link Uplink.call}. */
interface CallOptions {
  readonly signal?: AbortSignal;
  /** Tries after which a failure that might pass is thrown all the same; unset means never. */
  readonly tries?: number;
  /** A server without room is asked until it has room again. */
  readonly waitsForRoom?: boolean;
}

/**
 * Calls to whichever connection is registered with the server at the moment. While there is none, calls wait; one that
 * is cut off is made again over the next connection, so every call made here must be repeatable.
 */
export class Uplink {
  readonly workerId: string;
  #link: Link | undefined;
  #waiting = Promise.withResolvers<void>();

  constructor(workerId: string) {
    this.workerId = workerId;
  }

  /** Calls go here from now on, until `over` fires: from then on they wait, and those under way are given up. */
  up(client: DispatchClient, over: AbortSignal): void {
    const link = { client, over };
    this.#link = link;
    this.#waiting.resolve();
    const down = () => {
      if (this.#link !== link) return;
      this.#link = undefined;
      this.#waiting = Promise.withResolvers<void>();
    };
    over.addEventListener("abort", down, { once: true });
  }

  /**
   * Makes a call until it is answered.
   *
   * @throws ConnectError an answer that asking again will not change; anything else only after `tries`
   * @throws the reason of `signal` when it fires
   */
  async call<T>(
    make: (client: DispatchClient) => Promise<T>,
    { signal, tries, waitsForRoom }: CallOptions = {},
  ): Promise<T> {
    const backoff = new Backoff(50, 5_000);
    for (let made = 1; ; made++) {
      const { client, over } = await this.#nextLink(signal);
      signal?.throwIfAborted();
      try {
        // A call does not always notice by itself that its connection is gone.
        return await abortable(make(client), over);
      } catch (error) {
        signal?.throwIfAborted();
        const mayPass = !isDefinite(error) || (waitsForRoom && isOutOfRoom(error));
        if (!mayPass || made === tries) throw error;
      }
      await backoff.wait(signal);
    }
  }

  async #nextLink(signal?: AbortSignal): Promise<Link> {
    while (this.#link === undefined) await abortable(this.#waiting.promise, signal);
    return this.#link;
  }
}

interface Link {
  readonly client: DispatchClient;
  readonly over: AbortSignal;
}

/** The promise, unless `signal` fires first: then its reason is thrown. */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort);
    const settled = () => signal.removeEventListener("abort", abort);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error) => {
        settled();
        reject(error);
      },
    );
  });
}
