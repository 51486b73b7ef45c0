import type { ServerBeat } from "#core/servers/server.ts";

/**
 * What this process has seen of the other servers, on its own monotonic clock. A server whose beats do not grow for a
 * while is gone, or might as well be. Time in which this process did not look does not count.
 */
export class ServerWatch {
  readonly #patience: number;
  readonly #seen = new Map<string, { readonly beats: number; readonly since: number }>();
  #lookedAt: number | undefined;

  /** @param patience - milliseconds without a beat after which a server is gone */
  constructor(patience: number) {
    this.#patience = patience;
  }

  look(servers: readonly Pick<ServerBeat, "id" | "beats">[], monotonic: number): void {
    const wasAway = this.#isAway(monotonic);
    this.#lookedAt = monotonic;
    const before = new Map(this.#seen);
    this.#seen.clear();
    for (const { id, beats } of servers) {
      const known = before.get(id);
      const isSame = known !== undefined && known.beats === beats && !wasAway;
      this.#seen.set(id, isSame ? known : { beats, since: monotonic });
    }
  }

  /** Servers that are gone, with the beats that they ended with. */
  silent(monotonic: number): readonly Pick<ServerBeat, "id" | "beats">[] {
    if (this.#isAway(monotonic)) return [];
    return [...this.#seen].flatMap(([id, { beats, since }]) =>
      monotonic - since >= this.#patience ? [{ id, beats }] : [],
    );
  }

  #isAway(monotonic: number): boolean {
    return this.#lookedAt === undefined || monotonic - this.#lookedAt > this.#patience / 2;
  }
}
