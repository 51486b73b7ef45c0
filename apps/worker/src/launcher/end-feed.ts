import type { Ended } from "./protocol.ts";

interface Follower {
  readonly queue: Ended[];
  wake: () => void;
}

/** Tells each follower every end once: first those that nobody has forgotten, then those to come. */
export class EndFeed {
  readonly #known = new Map<string, Ended>();
  readonly #followers = new Set<Follower>();
  #closed = false;

  /** Takes an end; one that is known already changes nothing. */
  add(ended: Ended): void {
    if (this.#known.has(ended.id)) return;
    this.#known.set(ended.id, ended);
    for (const follower of this.#followers) {
      follower.queue.push(ended);
      follower.wake();
    }
  }

  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Ends all followers, after what they have not taken yet. */
  close(): void {
    this.#closed = true;
    for (const follower of this.#followers) follower.wake();
  }

  /** Ends without an error when the signal is aborted. */
  async *follow(signal?: AbortSignal): AsyncGenerator<Ended, void, undefined> {
    const follower: Follower = { queue: [...this.#known.values()], wake: () => {} };
    const wake = () => follower.wake();
    this.#followers.add(follower);
    signal?.addEventListener("abort", wake);
    try {
      while (!signal?.aborted) {
        const ended = follower.queue.shift();
        if (ended) yield ended;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => (follower.wake = resolve));
      }
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#followers.delete(follower);
    }
  }
}
