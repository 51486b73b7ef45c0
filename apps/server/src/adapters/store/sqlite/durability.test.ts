import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { Durability } from "./durability.ts";
import { sqliteStore } from "./index.ts";

/** Syncs that end when they are told to, and what becomes of commits. */
function opened(now: () => number = () => 0.3) {
  let clock = 0;
  const under: ((error: Error | null) => void)[] = [];
  const told: string[] = [];
  const fatal: Error[] = [];
  const times: number[] = [];
  let onLoop = 0;
  const syncNow = () => {
    onLoop += 1;
    told.push(`sync ${durability.committed}`);
    clock += now();
  };
  const durability = new Durability(
    0,
    7,
    (_, done) => under.push(done),
    (error) => fatal.push(error),
    { syncNow, clock: () => clock, onSync: (time) => times.push(time) },
  );
  const commit = (pause = 10) => {
    clock += pause;
    const number = durability.committed + 1;
    durability.whenDurable(number, (failure) => told.push(failure ? `lost ${number}` : `kept ${number}`));
    durability.advance(number);
  };
  return { durability, under, told, fatal, times, commit, onLoop: () => onLoop };
}

/** Commits until one is synced on the loop. */
function warmUp({ under, commit, onLoop }: ReturnType<typeof opened>): void {
  for (let n = 0; onLoop() === 0; n++) {
    if (n > 100) throw new Error("the disk was never found to be quick");
    commit();
    under.shift()?.(null);
  }
}

test("a quick disk is waited for on the loop, and nobody is answered before it", () => {
  const store = opened();
  warmUp(store);
  const last = store.durability.committed;
  expect(store.told.slice(-2)).toEqual([`sync ${last}`, `kept ${last}`]);
  expect(store.under).toEqual([]);
});

test("a disk that is slow once is left to another thread again", () => {
  let slow = false;
  const store = opened(() => (slow ? 3 : 0.3));
  warmUp(store);
  slow = true;
  const before = store.onLoop();
  store.commit();
  expect(store.onLoop()).toBe(before + 1);
  store.commit();
  expect(store.onLoop()).toBe(before + 1);
  expect(store.told.at(-1)).toBe(`kept ${store.durability.committed - 1}`);
  store.under.shift()?.(null);
  expect(store.told.at(-1)).toBe(`kept ${store.durability.committed}`);
});

test("half of the time is left for all else", () => {
  const store = opened(() => 0.5);
  warmUp(store);
  const before = store.onLoop();
  store.commit(0.4);
  expect(store.onLoop()).toBe(before);
  expect(store.under).toHaveLength(1);
  store.under.shift()?.(null);
  store.commit(0.2);
  expect(store.onLoop()).toBe(before + 1);
});

/** Leaves two commits waiting: the first's sync is under way in a thread, the second's will be made on the loop. */
function leaveTwoWaiting(store: ReturnType<typeof opened>): number {
  warmUp(store);
  store.commit(0.4);
  store.commit(0.3);
  expect(store.under).toHaveLength(1);
  return store.durability.committed;
}

test("what was committed during a sync in a thread is answered once the next one, on the loop, is over", () => {
  const store = opened(() => 0.5);
  const last = leaveTwoWaiting(store);
  store.under.shift()?.(null);
  expect(store.told.slice(-3)).toEqual([`sync ${last}`, `kept ${last - 1}`, `kept ${last}`]);
  expect(store.under).toEqual([]);
});

test("what was committed during a sync in a thread is refused when the next one, on the loop, fails", () => {
  let broken = false;
  const store = opened(() => {
    if (broken) throw new Error("the disk has gone");
    return 0.5;
  });
  const last = leaveTwoWaiting(store);
  broken = true;
  store.under.shift()?.(null);
  expect(store.told.slice(-2)).toEqual([`kept ${last - 1}`, `lost ${last}`]);
  expect(store.fatal).toHaveLength(1);
});

test("each sync's time is told, on the loop as off it", () => {
  const store = opened();
  warmUp(store);
  expect(store.times).toHaveLength(store.durability.committed);
  expect(store.times.at(-1)).toBeCloseTo(0.3);
});

test("a sync that fails on the loop ends the store: whoever waits is refused, and all who come", () => {
  let broken = false;
  const store = opened(() => {
    if (broken) throw new Error("the disk has gone");
    return 0.3;
  });
  warmUp(store);
  broken = true;
  store.commit();
  expect(store.told.at(-1)).toBe(`lost ${store.durability.committed}`);
  expect(store.fatal.map(({ message }) => message)).toEqual(["the disk has gone"]);
  store.commit();
  expect(store.told.at(-1)).toBe(`lost ${store.durability.committed}`);
});

/** Unit of work. */
async function takeId(tx: Tx) {
  return tx.tasks.nextIds(1);
}

test("a store tells how long each of its commits took to reach the disk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-durability-"));
  const times: number[] = [];
  const store = await sqliteStore({ file: join(folder, "store.db"), onSync: (time) => times.push(time) });
  try {
    for (let n = 1; n <= 12; n++) {
      await store.transact(takeId, undefined);
      expect(times).toHaveLength(n);
    }
    expect(times.every((time) => time > 0)).toBe(true);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
