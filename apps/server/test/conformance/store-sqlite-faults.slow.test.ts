import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { migrations } from "#adapters/store/kysely/migrations/index.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { openTestStore } from "./open-test-store.ts";
import { addTasks, run, sampleTask } from "./store-samples.ts";

/** A disk that is as slow as the test wants. */
class HeldSync {
  started = 0;
  #waiting: ((error: Error | null) => void)[] = [];

  readonly sync = (_: number, done: (error: Error | null) => void) => {
    this.started += 1;
    this.#waiting.push(done);
  };

  get under(): number {
    return this.#waiting.length;
  }

  finish(error: Error | null = null): void {
    for (const done of this.#waiting.splice(0)) done(error);
  }

  /** Lets everything through from now on. */
  async finishAll(until: Promise<unknown>): Promise<void> {
    let over = false;
    void until.finally(() => {
      over = true;
    });
    while (!over) {
      this.finish();
      await nextTurn();
    }
  }
}

/** Whether a promise has settled after the loop went on for a while. */
async function settledSoon(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  return settled;
}

async function heldStore() {
  const disk = new HeldSync();
  const fatal: Error[] = [];
  const test = await openTestStore({ sync: disk.sync, onFatal: (error) => fatal.push(error) });
  return {
    ...test,
    disk,
    fatal,
    [Symbol.asyncDispose]: async () => {
      const closing = Promise.resolve(test[Symbol.asyncDispose]());
      await disk.finishAll(closing);
      await closing;
    },
  };
}

test("a unit that wrote is answered after the sync, and not before", async () => {
  await using held = await heldStore();
  const unit = run(held.store, (tx) => tx.settings.put("a", "1"));
  expect(await settledSoon(unit)).toBe(false);
  expect(held.disk.under).toBe(1);
  held.disk.finish();
  await unit;
});

test("what is not durable is told to no reader, no view and no follower", async () => {
  await using held = await heldStore();
  const { store } = held;
  const end = new AbortController();
  const followed = (async () => {
    for await (const batch of store.follow(0, end.signal)) return batch;
    return undefined;
  })();
  const unit = addTasks(store, [sampleTask(1)]);
  expect(await settledSoon(unit)).toBe(false);
  const reading = run(store, (tx) => tx.tasks.getMany([1]));
  const refused = addTasks(store, [sampleTask(1)]);
  const viewing = store.view.getTask(1);
  // The view's thread takes its time; a second view that is asked and answered in order shows that the first is held.
  for (const held of [followed, reading, refused, viewing]) expect(await settledSoon(held)).toBe(false);
  expect(store.position()).toBe(0);
  held.disk.finish();
  await unit;
  expect(store.position()).toBe(1);
  expect((await reading).size).toBe(1);
  await expect(refused).rejects.toMatchObject({ refusal: "already-exists" });
  expect((await viewing)?.position).toBe(1);
  expect(await followed).toHaveLength(1);
  end.abort();
});

test("a view that sees what is not durable is held until it is", async () => {
  await using held = await heldStore();
  const { store } = held;
  expect(await store.view.getTask(1)).toBeUndefined();
  const unit = addTasks(store, [sampleTask(1)]);
  expect(await settledSoon(unit)).toBe(false);
  let answered = false;
  const viewing = store.view.getTask(1).then((detail) => {
    answered = true;
    return detail;
  });
  // Far longer than the view took before; its answer is there and must be kept back.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answered).toBe(false);
  held.disk.finish();
  expect((await viewing)?.task.id).toBe(1);
});

test("a unit that wrote nothing, with all durable, is answered without a sync", async () => {
  await using held = await heldStore();
  expect(await run(held.store, (tx) => tx.settings.get("a"))).toBeUndefined();
  expect(held.disk.started).toBe(0);
});

test("units that come while a sync is under way share the next one", async () => {
  await using held = await heldStore();
  let done = 0;
  const put = (n: number) =>
    run(held.store, async (tx) => {
      await tx.settings.put(`s${n}`, "1");
      done += 1;
    });
  const first = put(0);
  while (held.disk.under === 0) await nextTurn();
  const others = Array.from({ length: 60 }, (_, n) => put(n + 1));
  while (done < 61) await nextTurn();
  await nextTurn();
  expect([held.disk.started, held.disk.under]).toEqual([1, 1]);
  held.disk.finish();
  await first;
  expect(await settledSoon(others[0]!)).toBe(false);
  held.disk.finish();
  await Promise.all(others);
  expect(held.disk.started).toBe(2);
});

test("a sync that fails ends the store: nobody is told that it worked", async () => {
  await using held = await heldStore();
  const { store } = held;
  const following = (async () => {
    for await (const _ of store.follow(0, new AbortController().signal)) expect.unreachable();
  })();
  const first = addTasks(store, [sampleTask(1)]);
  expect(await settledSoon(first)).toBe(false);
  const second = addTasks(store, [sampleTask(2)]);
  expect(await settledSoon(second)).toBe(false);
  held.disk.finish(new Error("EIO"));
  await expect(first).rejects.toThrow("EIO");
  await expect(second).rejects.toThrow("EIO");
  await expect(run(store, (tx) => tx.settings.get("a"))).rejects.toThrow("EIO");
  await following;
  expect(held.fatal.map(({ message }) => message)).toEqual(["EIO"]);
  expect(store.position()).toBe(0);
});

test("a full disk refuses what does not fit, and loses nothing", { timeout: 60_000 }, async () => {
  await using full = await openTestStore({ mostPages: 300 });
  const { store } = full;
  const add = (id: number) => addTasks(store, [sampleTask(id, { title: "x".repeat(2_000) })]);
  const kept: number[] = [];
  const refused: number[] = [];
  for (let first = 1; refused.length < 100; first += 20) {
    const ids = Array.from({ length: 20 }, (_, n) => first + n);
    const outcomes = await Promise.allSettled(ids.map(add));
    for (const [n, outcome] of outcomes.entries()) {
      if (outcome.status === "fulfilled") kept.push(ids[n]!);
      else {
        refused.push(ids[n]!);
        expect(outcome.reason).toMatchObject({
          refusal: "exhausted",
          message: expect.stringMatching(/disk.*full.*Free some space/),
        });
      }
    }
  }
  expect(kept.length).toBeGreaterThan(100);
  const ids = (tasks: readonly { id: number }[]) => tasks.map(({ id }) => id);
  const claim = () => run(store, (tx) => tx.tasks.claim({ free: { cpu: 1e9 }, limit: 1e6 }));
  expect(ids(await claim())).toEqual(kept);
  expect(ids(await store.view.getTasks([...kept, ...refused]))).toEqual(kept);
  await store.close();
  const again = await sqliteStore({ file: full.file });
  expect(again.position()).toBe(kept.length);
  await addTasks(again, [sampleTask(1e6)]);
  expect(ids(await again.view.getTasks([...kept, ...refused]))).toEqual(kept);
  await again.close();
});

test("while another program writes, units are refused with what to do, and go on afterwards", async () => {
  await using open = await openTestStore();
  const other = new DatabaseSync(open.file);
  other.exec("begin immediate");
  const busy = [1, 2].map((id) => addTasks(open.store, [sampleTask(id)]));
  for (const unit of busy) {
    await expect(unit).rejects.toMatchObject({
      name: "RefusedError",
      refusal: "unavailable",
      message: expect.stringMatching(/Another program.*try again/),
    });
  }
  other.exec("rollback");
  other.close();
  await addTasks(open.store, [sampleTask(1)]);
  expect((await open.store.view.getTasks([1, 2])).map(({ id }) => id)).toEqual([1]);
});

async function inFolder(use: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tributary-store-"));
  try {
    await use(join(folder, "deeper", "state.db"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("tables of a newer version are refused, and left alone", () =>
  inFolder(async (file) => {
    const newer = { number: migrations.length + 1, name: "of-the-future", up: async () => {} };
    await (await sqliteStore({ file, migrations: [...migrations, newer] })).close();
    await expect(sqliteStore({ file })).rejects.toMatchObject({
      name: "RefusedError",
      refusal: "unavailable",
      message: expect.stringMatching(/newer version.*Start that version/),
    });
    await (await sqliteStore({ file, migrations: [...migrations, newer] })).close();
  }));

test("a migration happens whole or not at all, once, and later ones on top", () =>
  inFolder(async (file) => {
    const number = migrations.length + 1;
    const broken = {
      number,
      name: "broken",
      up: async (db: Parameters<(typeof migrations)[0]["up"]>[0]) => {
        await db.schema.createTable("half").addColumn("id", "integer").execute();
        throw new Error("broken");
      },
    };
    await (await sqliteStore({ file })).close();
    await expect(sqliteStore({ file, migrations: [...migrations, broken] })).rejects.toThrow("broken");
    const database = new DatabaseSync(file);
    expect(database.prepare("select name from sqlite_master where name = 'half'").all()).toEqual([]);
    database.close();
    const store = await sqliteStore({ file });
    await addTasks(store, [sampleTask(1)]);
    await store.close();
    await (await sqliteStore({ file, migrations })).close();
  }));

test("a read that fails is refused as a fault, and the next one is answered", async () => {
  await using open = await openTestStore();
  const wrong = { filter: {}, order: "created-asc" as const, limit: Number.NaN };
  await expect(open.store.view.listTasks(wrong)).rejects.toThrow("a read failed");
  expect((await open.store.view.listSources()).sources).toEqual([]);
});

test("a file that is no database is refused with its name", () =>
  inFolder(async (file) => {
    const { mkdirSync, writeFileSync } = await import("node:fs");
    mkdirSync(join(file, ".."));
    writeFileSync(file, "this is no database, but some text that is long enough to be looked at".repeat(20));
    await expect(sqliteStore({ file })).rejects.toThrow(/not a database/);
    await expect(sqliteStore({ file })).rejects.toThrow(/not a database/);
  }));
