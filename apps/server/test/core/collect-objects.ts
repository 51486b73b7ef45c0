import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { collectObjects } from "#core/objects/collect-objects.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { ObjectStore } from "#core/ports/object-store.ts";
import type { Tx } from "#core/ports/tx.ts";
import { chunked, collect } from "../conformance/object-store.ts";
import { openTestStore } from "../conformance/open-test-store.ts";
import { manualClock } from "../manual-clock.ts";

const hour = 3_600_000;
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** What collecting must do, whatever keeps the objects. */
export function collectionTests(make: () => Promise<ObjectStore>): void {
  const never = new AbortController().signal;

  async function open() {
    const test = await openTestStore();
    const ports = { store: test.store, objects: await make(), clock: manualClock() };
    const keep = (text: string) => keepObject(ports, chunked(Buffer.from(text)), 1_000_000);
    const refer = (hash: string) =>
      ports.store.transact(
        (tx: Tx) => tx.artifacts.put([{ taskId: 1, attempt: 1, path: hash, size: 1, hash }]),
        undefined,
      );
    const sweep = () => collectObjects(ports, { keptBefore: ports.clock.now() - hour }, never);
    return { ...ports, keep, refer, sweep, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
  }

  it("deletes what nothing refers to, when it is old enough", async () => {
    await using world = await open();
    const { objects, keep, refer, sweep, clock } = world;
    const used = await keep("used");
    const unused = await keep("unused");
    await refer(used.hash);
    expect(await sweep()).toBe(0);
    clock.advance(2 * hour);
    const young = await keep("young");
    expect(await sweep()).toBe(1);
    expect(await Promise.all([used, unused, young].map(({ hash }) => objects.has(hash)))).toEqual([true, false, true]);
    expect(await sweep()).toBe(0);
    expect((await world.store.view.countStorage()).objects).toEqual({ count: 2, bytes: 9 });
  });

  it("lets what is put again begin anew", async () => {
    await using world = await open();
    const { objects, keep, sweep, clock } = world;
    const { hash } = await keep("again and again");
    clock.advance(2 * hour);
    await keep("again and again");
    expect(await sweep()).toBe(0);
    expect(await objects.has(hash)).toBe(true);
  });

  it("deletes many, page by page", async () => {
    await using world = await open();
    const { keep, refer, sweep, clock } = world;
    const all = await Promise.all(Array.from({ length: 130 }, (_, n) => keep(`object ${n}`)));
    for (const { hash } of all.slice(0, 3)) await refer(hash);
    clock.advance(2 * hour);
    expect(await sweep()).toBe(127);
    expect((await world.store.view.countStorage()).objects.count).toBe(3);
  });

  it("goes on with what a server that ended had in the bin", async () => {
    await using world = await open();
    const { objects, keep, refer, sweep, clock } = world;
    const used = await keep("used after all");
    const unused = await keep("unused still");
    await objects.bin.add(used.hash);
    await objects.bin.add(unused.hash);
    await refer(used.hash);
    clock.advance(2 * hour);
    expect(await sweep()).toBe(1);
    expect(await objects.bin.list(10)).toEqual([]);
    expect((await collect(objects.get(used.hash))).toString()).toBe("used after all");
    expect(await objects.has(unused.hash)).toBe(false);
  });

  it("forgets what was noted and never came", async () => {
    await using world = await open();
    const { store, clock, sweep } = world;
    await store.transact(
      (tx: Tx) => tx.objects.put([{ hash: hashOf("lost"), size: 4, keptAt: clock.now() }]),
      undefined,
    );
    clock.advance(2 * hour);
    await sweep();
    expect((await store.view.countStorage()).objects.count).toBe(0);
  });

  // At each step of a collection somebody puts the same content, and afterwards refers to it.
  it.each(["before the bin", "after the bin", "after the decision"] as const)(
    "takes nothing from whoever puts the same %s",
    async (moment) => {
      await using world = await open();
      const { store, objects, clock, keep, refer } = world;
      const text = `raced ${moment}`;
      const { hash } = await keep(text);
      clock.advance(2 * hour);
      let puts = 0;
      const putAt = async (here: typeof moment) => {
        if (here !== moment) return;
        puts += 1;
        await keep(text);
      };
      const spied: ObjectStore = {
        ...objects,
        bin: {
          ...objects.bin,
          async add(which) {
            await putAt("before the bin");
            const binned = await objects.bin.add(which);
            await putAt("after the bin");
            return binned;
          },
          async empty(binned) {
            await putAt("after the decision");
            await objects.bin.empty(binned);
          },
        },
      };
      const ports = { store, objects: spied, clock };
      await collectObjects(ports, { keptBefore: clock.now() - hour }, never);
      expect(puts).toBe(1);
      await refer(hash);
      clock.advance(2 * hour);
      await collectObjects({ store, objects, clock }, { keptBefore: clock.now() - hour }, never);
      expect((await collect(objects.get(hash))).toString()).toBe(text);
      expect(await objects.has(hash)).toBe(true);
    },
  );

  it("loses nothing while some put, refer and drop the same few, and several collect", async () => {
    await using world = await open();
    const { store, objects, clock, keep } = world;
    /** By the task that refers to it. */
    const referred = new Map<number, string>();
    /** When puts began whose reference has not been written. */
    const begun = new Map<number, number>();
    let putting = true;
    let collected = 0;
    const collector = async () => {
      while (putting) {
        clock.advance(1);
        // The grace time covers every put that is under way, and nothing more.
        const keptBefore = Math.min(clock.now(), ...begun.values());
        const deleted = await collectObjects({ store, objects, clock }, { keptBefore }, never);
        collected += deleted;
      }
    };
    const putter = async (seed: number) => {
      // Until objects have been collected under way, in any case.
      for (let n = 0; n < 25 || (n < 900 && collected < 5); n++) {
        const taskId = seed * 1_000 + n;
        clock.advance(1);
        begun.set(taskId, clock.now());
        const { hash } = await keep(`shared ${(seed * 7 + n * 3) % 20}`);
        await store.transact(
          (tx: Tx) => tx.artifacts.put([{ taskId, attempt: 1, path: "a", size: 1, hash }]),
          undefined,
        );
        begun.delete(taskId);
        referred.set(taskId, hash);
        const dropped = seed * 1_000 + n - 1;
        await store.transact((tx: Tx) => tx.tasks.delete([dropped]), undefined);
        referred.delete(dropped);
      }
    };
    await Promise.all([
      collector(),
      collector(),
      Promise.all([1, 2, 3, 4].map(putter)).finally(() => {
        putting = false;
      }),
    ]);
    expect(collected).toBeGreaterThan(0);
    expect(referred.size).toBe(4);
    for (const hash of referred.values()) {
      expect(await objects.has(hash)).toBe(true);
      expect(hashOf((await collect(objects.get(hash))).toString())).toBe(hash);
    }
    expect(await objects.bin.list(10)).toEqual([]);
  });
}
