import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionSettings } from "#adapters/store/postgres/connection.ts";
import { postgresStore } from "#adapters/store/postgres/index.ts";
import { writerLock } from "#adapters/store/postgres/locks.ts";
import { RefusedError } from "#core/errors.ts";
import type { Store } from "#core/ports/store.ts";
import { Cluster, runOn } from "#test/postgres/cluster.ts";
import { addTasks, run, sampleTask } from "./store-samples.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ durable: true });
});
afterAll(() => cluster.stop());

/** Why the store cannot be opened. */
async function refusal(url: string): Promise<string> {
  const error = await postgresStore({ url }).then(
    (store) => store.close(),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ refusal: "unavailable" });
  const { message } = error as RefusedError;
  expect(message).not.toMatch(/password: with|secret/);
  return message;
}

function changed(url: string, changes: Partial<Pick<URL, "password" | "username" | "port" | "pathname">>): string {
  return Object.assign(new URL(url), changes).href;
}

describe("a database that cannot be used", () => {
  test.each([
    ["another password", { password: "secret" }, /refuses this user \(password authentication failed/],
    ["an unknown user", { username: "nobody" }, /refuses this user/],
    ["an unknown database", { pathname: "/nothing" }, /database nothing at 127\.0\.0\.1:\d+ does not exist. Create it/],
    ["nobody there", { port: "9" }, /database postgres at 127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/],
  ])("is told in one sentence without the password: %s", async (_, changes, why) => {
    expect(await refusal(changed(cluster.url("postgres"), changes))).toMatch(why);
  });

  test("of a newer version is refused and not changed", async () => {
    const url = await cluster.createDatabase();
    await (await postgresStore({ url })).close();
    await runOn(url, "insert into migrations values (9999, 'of tomorrow')");
    expect(await refusal(url)).toMatch(/was written by a newer version of the server \(tables 9999/);
  });

  test("in another encoding is refused", async () => {
    const url = await cluster.createDatabase("encoding 'SQL_ASCII' locale_provider libc locale 'C' template template0");
    expect(await refusal(url)).toMatch(/keeps texts as SQL_ASCII/);
  });
});

test("servers that start at once make the tables once", async () => {
  const url = await cluster.createDatabase();
  const stores = await Promise.all(Array.from({ length: 6 }, () => postgresStore({ url })));
  const counts = await Promise.all(
    stores.map((store) =>
      run(store, async (tx) => {
        const count = Number((await tx.settings.get("count")) ?? 0) + 1;
        await tx.settings.put("count", String(count));
        return count;
      }),
    ),
  );
  expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
  await Promise.all(stores.map((store) => store.close()));
});

/** Resolves when the database is lost, or back. */
interface Reachable {
  readonly told: boolean[];
  next(reachable: boolean): Promise<void>;
}

function reachable(): Reachable & { readonly tell: (reachable: boolean) => void } {
  const told: boolean[] = [];
  let wake = () => {};
  return {
    told,
    tell(isReachable) {
      told.push(isReachable);
      wake();
    },
    async next(wanted) {
      while (told.at(-1) !== wanted) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** Takes entries until there are so many. */
async function take(store: Store, after: number, count: number): Promise<number[]> {
  const end = new AbortController();
  const positions: number[] = [];
  for await (const entries of store.follow(after, end.signal)) {
    positions.push(...entries.map(({ position }) => position));
    if (positions.length >= count) end.abort();
  }
  return positions;
}

describe("a database that is lost", () => {
  test("refuses writes and reads with one sentence, is back by itself, and followers go on", async () => {
    const url = await cluster.createDatabase();
    const { told, tell, next } = reachable();
    const store = await postgresStore({ url, onReachable: tell });
    await addTasks(store, [sampleTask(1)]);
    const follower = take(store, 0, 2);
    await cluster.pause();
    await next(false);
    const sentence = {
      refusal: "unavailable",
      message: expect.stringMatching(/^The database test_\w+ at .* cannot be/),
    };
    await expect(addTasks(store, [sampleTask(2)])).rejects.toMatchObject(sentence);
    await expect(store.view.getTask(1)).rejects.toMatchObject(sentence);
    await cluster.resume();
    await next(true);
    await addTasks(store, [sampleTask(2)]);
    expect(await follower).toEqual([1, 2]);
    expect((await store.view.getTask(1))?.task.id).toBe(1);
    expect(told).toEqual([false, true]);
    await store.close();
  });

  test("in the midst of units: each was kept and told, or was not, and nothing is twice", async () => {
    const url = await cluster.createDatabase();
    const { tell, next } = reachable();
    const store = await postgresStore({ url, onReachable: tell });
    const kept = new Set<number>();
    const unknown = new Set<number>();
    let going = true;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; going; n += 1) {
        const id = 1 + writer + n * 8;
        await addTasks(store, [sampleTask(id)]).then(
          () => kept.add(id),
          async (error: unknown) => {
            expect(error).toMatchObject({ refusal: "unavailable" });
            if (/not known/.test(String(error))) unknown.add(id);
            // Refusals come at once: without a turn of the loop nothing else would ever happen.
            await new Promise(setImmediate);
          },
        );
        if (kept.size % 10 === 0) await new Promise(setImmediate);
      }
    });
    await take(store, 0, 200);
    await cluster.pause();
    await next(false);
    await cluster.resume();
    await next(true);
    await take(store, store.position(), 100);
    going = false;
    await Promise.all(writers);
    const total = store.position();
    const positions = await take(store, 0, total);
    expect(positions).toEqual(Array.from({ length: total }, (_, n) => n + 1));
    const { rows } = await runOn(url, "select id::int from tasks");
    const there = new Set(rows.map(({ id }: { id: number }) => id));
    expect(there.size).toBe(total);
    for (const id of kept) expect(there).toContain(id);
    for (const id of there) expect(kept.has(id) || unknown.has(id)).toBe(true);
    await store.close();
  });

  test("a connection that somebody ends is made again at once", async () => {
    const url = await cluster.createDatabase();
    const { tell, next } = reachable();
    const store = await postgresStore({ url, onReachable: tell });
    await addTasks(store, [sampleTask(1)]);
    await runOn(
      cluster.url("postgres"),
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tributary'",
    );
    await next(false);
    await next(true);
    await addTasks(store, [sampleTask(2)]);
    expect((await store.view.getTasks([1, 2])).map(({ id }) => id)).toEqual([1, 2]);
    await store.close();
  });
});

test("a NUL, which the database cannot hold, comes back as the sign for what is not a character", async () => {
  const store = await postgresStore({ url: await cluster.createDatabase() });
  await addTasks(store, [sampleTask(1, { title: "a\0b" })]);
  expect((await store.view.getTask(1))?.task.title).toBe("a\ufffdb");
  await store.close();
});

test("a server that hangs while it may write is cut off, and the others go on", async () => {
  const url = await cluster.createDatabase();
  const store = await postgresStore({ url });
  const hanging = new pg.Client(connectionSettings(url));
  const cutOff = new Promise((resolve) => hanging.on("error", resolve));
  await hanging.connect();
  await hanging.query(`begin; select pg_advisory_xact_lock(${writerLock})`);
  await addTasks(store, [sampleTask(1)]);
  expect(await cutOff).toMatchObject({ code: "25P03" });
  await store.close();
});
