import type { Ports } from "#core/ports/index.ts";
import { syncSource } from "#core/sources/sync-source.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;
const mostAtOnce = 4;

/** Syncs sources when they are due or when a sync is asked for, each one at a time, a few at once. */
export function startSyncSources(ports: Ports, log: LoopOptions["log"]): Loop {
  const { store, clock } = ports;
  const asked = new Set<string>();
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let roused = () => {};
  // A server that was killed in the midst of a sync left its source marked as being synced.
  let first = true;

  async function sync(id: string): Promise<void> {
    try {
      await syncSource(ports, id, stopping.signal);
    } catch (error) {
      if (!stopping.signal.aborted) {
        log.error({ err: error, sourceId: id }, "a sync failed by a fault; it is tried again in a while");
        await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
      }
    } finally {
      running.delete(id);
      roused();
    }
  }

  const loop = startLoop({
    name: "sync-sources",
    log,
    async step() {
      const { sources } = await store.view.listSources();
      const now = clock.now();
      const isDue = (source: (typeof sources)[number]) =>
        asked.has(source.id) || source.nextSyncAt <= now || (first && source.state === "synchronising");
      for (const source of sources.filter(isDue)) {
        if (running.size >= mostAtOnce) break;
        if (running.has(source.id)) continue;
        asked.delete(source.id);
        running.set(source.id, sync(source.id));
      }
      first = false;
      // While all places are taken, the end of a sync wakes the loop.
      if (running.size >= mostAtOnce) return idle;
      const waiting = sources.filter(({ id }) => !running.has(id)).map(({ nextSyncAt }) => nextSyncAt - now);
      return Math.max(10, Math.min(idle, ...waiting));
    },
    async wake(poke, signal) {
      roused = poke;
      for await (const entries of store.follow(store.position(), signal, ({ kind }) => kind === "source-sync-asked")) {
        for (const entry of entries) {
          if (entry.kind !== "source-sync-asked") continue;
          asked.add(entry.sourceId);
          poke();
        }
      }
    },
  });
  return {
    async stop() {
      stopping.abort();
      await loop.stop();
      await Promise.allSettled(running.values());
    },
  };
}
