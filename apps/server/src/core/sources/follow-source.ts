import type { Ports } from "#core/ports/index.ts";
import { PositionLostError } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Source } from "#core/sources/source.ts";
import { knownSource } from "#core/sources/sources.ts";

/**
 * A source now, then after every change; ends when it is deleted or the signal aborts.
 *
 * @throws RefusedError `not-found` for an unknown source
 */
export async function* followSource(
  { store }: Pick<Ports, "store">,
  id: string,
  signal: AbortSignal,
): AsyncIterable<Source> {
  while (!signal.aborted) {
    // The position is taken first: a change between the two reads is told twice rather than never.
    const position = store.position();
    yield await store.transact(knownSource, id);
    try {
      for await (const entries of store.follow(position, signal)) {
        const own = entries.filter((entry) => "sourceId" in entry && entry.sourceId === id);
        if (own.some((entry) => entry.kind === "source-deleted")) return;
        if (!own.some((entry) => entry.kind === "source-changed")) continue;
        const source = (await store.transact((tx: Tx) => tx.sources.getMany([id]), undefined)).get(id);
        if (!source) return;
        yield source;
      }
      return;
    } catch (error) {
      if (!(error instanceof PositionLostError)) throw error;
    }
  }
}
