import { expect, test } from "vitest";
import type { Entry } from "#core/journal/entry.ts";
import { PositionLostError, type Store } from "#core/ports/store.ts";
import type { StoreContext } from "./store-context.ts";
import { run } from "./store-samples.ts";

/** Appends entries that are told apart by their time, in one unit. */
function append(store: Store, ...times: readonly number[]): Promise<number> {
  return run(store, (tx) => tx.journal.append(times.map((at) => ({ kind: "worker-changed", workerId: "w1", at }))));
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

/** The entries after a position until there are `count`. */
async function take(store: Store, after: number, count: number): Promise<Entry[]> {
  const end = new AbortController();
  const entries: Entry[] = [];
  for await (const batch of store.follow(after, end.signal)) {
    expect(batch.length).toBeGreaterThan(0);
    expect(batch.length).toBeLessThanOrEqual(1_000);
    entries.push(...batch);
    if (entries.length >= count) end.abort();
  }
  return entries;
}

export function journalTests(context: StoreContext): void {
  test("entries get positions one after another, and come back as they were", async () => {
    const { store } = context;
    expect(store.position()).toBe(0);
    const position = await run(store, (tx) =>
      tx.journal.append([
        { kind: "task-ended", taskId: 5, state: "failed", at: 7 },
        { kind: "artifact-stored", taskId: 5, path: "ü", at: 8 },
      ]),
    );
    expect(position).toBe(2);
    expect(store.position()).toBe(2);
    expect(await take(store, 0, 2)).toEqual([
      { position: 1, kind: "task-ended", taskId: 5, state: "failed", at: 7 },
      { position: 2, kind: "artifact-stored", taskId: 5, path: "ü", at: 8 },
    ]);
    expect(await take(store, 1, 1)).toMatchObject([{ position: 2 }]);
  });

  test("what is appended is told to those who follow", async () => {
    const { store } = context;
    const followers = [take(store, 0, 3), take(store, 0, 3)];
    await append(store, 1);
    await append(store, 2, 3);
    for (const entries of await Promise.all(followers)) expect(entries.map(({ at }) => at)).toEqual([1, 2, 3]);
  });

  test("who wants some entries is told of these alone, in order, however they come and however slow it is", async () => {
    const { store } = context;
    const end = new AbortController();
    const wanted = (entry: Entry) => entry.at % 3 === 0;
    const times: number[] = [];
    const follower = (async () => {
      for await (const batch of store.follow(0, end.signal, wanted)) {
        expect(batch.length).toBeGreaterThan(0);
        times.push(...batch.map(({ at }) => at));
        if (times.at(-1)! >= 60) end.abort();
        // Others come while it is busy.
        await append(store, 1, 2);
      }
    })();
    for (const at of from(1, 60)) await (at % 7 === 0 ? append(store, at, 1) : append(store, at));
    await follower;
    expect(times).toEqual(from(1, 60).filter((at) => at % 3 === 0));
  });

  test("entries of a unit that is not kept are told to nobody, and leave no gap", async () => {
    const { store } = context;
    const follower = take(store, 0, 2);
    const refused = run(store, async (tx) => {
      await tx.journal.append([{ kind: "worker-changed", workerId: "w1", at: 66 }]);
      throw new Error("no");
    });
    await Promise.allSettled([append(store, 1), refused, append(store, 2)]);
    expect((await follower).map(({ at, position }) => [at, position])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test("followers of any place hear all of what many write at once, in order, once", async () => {
    const { store } = context;
    const total = 1_200;
    const early = take(store, 0, total);
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let n = 0; n < 30; n += 1) await append(store, writer * 100 + n, writer * 100 + n);
    });
    await take(store, 0, 100);
    const seen = store.position();
    const late = take(store, seen, total - seen);
    const middle = take(store, 10, total - 10);
    await Promise.all(writers);
    expect((await early).map(({ position }) => position)).toEqual(from(1, total));
    expect((await middle).map(({ position }) => position)).toEqual(from(11, total - 10));
    expect((await late).map(({ position }) => position)).toEqual(from(seen + 1, total - seen));
  });

  test("one who is slow misses nothing, however much is written meanwhile", async () => {
    const { store } = context;
    const end = new AbortController();
    const positions: number[] = [];
    await append(store, 0);
    for await (const batch of store.follow(0, end.signal)) {
      positions.push(...batch.map(({ position }) => position));
      if (positions.length === 1) {
        for (let n = 0; n < 15; n += 1) await append(store, ...from(0, 1_000));
      }
      if (positions.length === 15_001) end.abort();
    }
    expect(positions).toEqual(from(1, 15_001));
  });

  test("following ends when the signal aborts, waiting or not", async () => {
    const { store } = context;
    await append(store, 1);
    const aborted = store.follow(0, AbortSignal.abort());
    for await (const _ of aborted) expect.unreachable();
    const end = new AbortController();
    const waiting = (async () => {
      for await (const _ of store.follow(1, end.signal)) expect.unreachable();
    })();
    await append(store).catch(() => {});
    end.abort();
    await waiting;
  });

  test("following ends when the store is closed", async () => {
    const following = (async () => {
      for await (const _ of context.store.follow(0, new AbortController().signal)) expect.unreachable();
    })();
    await context.reopen();
    await following;
  });

  test("history is told after the store is opened again, and positions go on", async () => {
    await append(context.store, ...from(1, 2_500));
    await context.reopen();
    expect(context.store.position()).toBe(2_500);
    expect(await append(context.store, 9)).toBe(2_501);
    expect((await take(context.store, 0, 2_501)).map(({ position }) => position)).toEqual(from(1, 2_501));
  });

  test("who is behind the trim is told so, who is not goes on", async () => {
    const { store } = context;
    await append(store, ...from(1, 5_000));
    await store.trim(4_001);
    expect(store.position()).toBe(5_000);
    await expect(take(store, 0, 1)).rejects.toBeInstanceOf(PositionLostError);
    await expect(take(store, 3_999, 1)).rejects.toBeInstanceOf(PositionLostError);
    expect((await take(store, 4_000, 1_000)).map(({ position }) => position)).toEqual(from(4_001, 1_000));
    await context.reopen();
    await expect(take(context.store, 3_999, 1)).rejects.toBeInstanceOf(PositionLostError);
    expect(await take(context.store, 4_000, 1_000)).toHaveLength(1_000);
  });

  test("a follower who falls behind the trim while it is busy is told so", async () => {
    const { store } = context;
    await append(store, 1);
    const busy = async () => {
      for await (const [entry] of store.follow(0, new AbortController().signal)) {
        expect(entry?.position).toBe(1);
        await append(store, 2, 3);
        await store.trim(3);
      }
    };
    await expect(busy()).rejects.toBeInstanceOf(PositionLostError);
  });

  test("trimming everything, twice, and backwards never gives a position again", async () => {
    const { store } = context;
    await append(store, 1, 2, 3);
    await store.trim(1_000);
    await store.trim(1_000);
    await store.trim(1);
    expect(store.position()).toBe(3);
    await context.reopen();
    expect(context.store.position()).toBe(3);
    const follower = take(context.store, 3, 1);
    expect(await append(context.store, 4)).toBe(4);
    expect((await follower).map(({ position }) => position)).toEqual([4]);
    await expect(take(context.store, 2, 1)).rejects.toBeInstanceOf(PositionLostError);
  });

  test("a position that is still to come is of another journal", async () => {
    await append(context.store, 1);
    await expect(take(context.store, 2, 1)).rejects.toBeInstanceOf(PositionLostError);
  });

  test("a snapshot and the entries after its position make the whole, while others write", async () => {
    const { store } = context;
    let going = true;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; going; n += 1) {
        await run(store, async (tx) => {
          await tx.workers.put([
            {
              id: `w${writer}`,
              number: writer + 1,
              name: `w${writer}`,
              kind: "tributary",
              draining: false,
              prefetch: 0,
              slots: n,
              capacity: {},
              labels: {},
              version: "1",
              online: true,
              registeredAt: 0,
              lastSeenAt: 0,
            },
          ]);
          await tx.journal.append([{ kind: "worker-changed", workerId: `w${writer}`, at: n }]);
        });
      }
    });
    for (let round = 0; round < 10; round += 1) {
      const { workers, position } = await store.view.listWorkers();
      expect(store.position()).toBeGreaterThanOrEqual(position);
      const known = new Map(workers.map(({ worker }) => [worker.id, worker.slots]));
      for (const entry of await take(store, position, 40)) {
        if (entry.kind !== "worker-changed") continue;
        expect(entry.at).toBe((known.get(entry.workerId) ?? -1) + 1);
        known.set(entry.workerId, entry.at);
      }
    }
    going = false;
    await Promise.all(writers);
  });
}
