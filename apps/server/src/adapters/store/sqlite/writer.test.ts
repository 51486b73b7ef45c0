import type { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import type { Entry } from "#core/journal/entry.ts";
import type { Tx } from "#core/ports/tx.ts";
import { memoryWriter } from "./fixtures/memory-writer.ts";
import type { Writer } from "./writer.ts";

const full = Object.assign(new Error("database or disk is full"), { errcode: 13 });
const broken = Object.assign(new Error("disk I/O error"), { errcode: 10 });

let database: DatabaseSync;
let statements: Awaited<ReturnType<typeof memoryWriter>>["statements"];
let writer: Writer;
let fatal: Error[];
let told: Entry[];

beforeEach(async () => {
  ({ database, statements, writer, fatal, told } = await memoryWriter());
});

/** Counts its runs, takes a number and tells of it. */
function counter(name: string) {
  let runs = 0;
  return writer.run(async ({ tx }) => {
    runs += 1;
    const [id] = await tx.tasks.nextIds(1);
    await tx.settings.put(name, String(id));
    await tx.journal.append([{ kind: "task-created", taskId: id!, at: 0 }]);
    return { id, runs };
  });
}

const setting = (name: string) => writer.run(({ tx }) => tx.settings.get(name));

test("units whose commit found the disk full are run again, each by itself", async () => {
  statements.failures = [full];
  expect(await Promise.all([counter("a"), counter("b"), counter("c")])).toEqual([
    { id: 1, runs: 2 },
    { id: 2, runs: 2 },
    { id: 3, runs: 2 },
  ]);
  expect(told.map(({ position }) => position)).toEqual([1, 2, 3]);
});

test("one that is too large for the disk is refused, and the others are kept", async () => {
  statements.failures = [full, full];
  const [first, second, third] = await Promise.allSettled([counter("a"), counter("b"), counter("c")]);
  expect(first).toMatchObject({ status: "rejected", reason: { refusal: "exhausted" } });
  expect(second).toMatchObject({ status: "fulfilled", value: { id: 1 } });
  expect(third).toMatchObject({ status: "fulfilled", value: { id: 2 } });
  expect(await setting("a")).toBeUndefined();
  expect(told.map(({ position }) => position)).toEqual([1, 2]);
  expect(fatal).toEqual([]);
});

test("when a statement costs the whole transaction, the units before it are run again", async () => {
  const lose = async () => {
    database.exec("rollback");
    throw full;
  };
  const [first, lost, last] = await Promise.allSettled([counter("a"), writer.run(lose), counter("c")]);
  expect(first).toMatchObject({ value: { id: 1, runs: 2 } });
  expect(lost).toMatchObject({ reason: { refusal: "exhausted" } });
  expect(last).toMatchObject({ value: { id: 2, runs: 1 } });
  expect(await setting("a")).toBe("1");
});

test("a commit that fails otherwise ends the store, and everybody is refused", async () => {
  statements.failures = [broken];
  const outcomes = await Promise.allSettled([counter("a"), counter("b")]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: broken });
  expect(fatal).toEqual([broken]);
  await expect(counter("c")).rejects.toBe(broken);
  expect(told).toEqual([]);
});

test("a group ends when its time is up, so that the loop goes on between many units", async () => {
  ({ writer } = await memoryWriter(4));
  let turns = 0;
  let over = false;
  const counting = (async () => {
    while (!over) {
      await nextTurn();
      turns += 1;
    }
  })();
  const busy = async ({ tx }: { tx: Tx }) => {
    const end = performance.now() + 1;
    while (performance.now() < end);
    await tx.settings.put("a", "1");
  };
  await Promise.all(Array.from({ length: 60 }, () => writer.run(busy)));
  over = true;
  await counting;
  expect(turns).toBeGreaterThan(10);
});

/** Writes, and is refused. */
function refusedAfterWriting(name: string) {
  let runs = 0;
  return writer.run(async ({ tx }) => {
    runs += 1;
    await tx.settings.put(name, "written");
    await tx.journal.append([{ kind: "task-created", taskId: 9, at: 0 }]);
    throw new Error(`refused in run ${runs}`);
  });
}

test("a unit that is refused after it wrote leaves nothing, and the others of its group are kept in their order", async () => {
  const outcomes = await Promise.allSettled([counter("a"), refusedAfterWriting("b"), counter("c")]);
  expect(outcomes).toMatchObject([
    { value: { id: 1, runs: 2 } },
    { reason: { message: "refused in run 2" } },
    { value: { id: 2, runs: 1 } },
  ]);
  expect(await setting("a")).toBe("1");
  expect(await setting("b")).toBeUndefined();
  expect(told).toMatchObject([
    { position: 1, taskId: 1 },
    { position: 2, taskId: 2 },
  ]);
});

test("where units have been refused after writing, the next ones cost their groups nothing", async () => {
  await Promise.allSettled([refusedAfterWriting("a")]);
  const outcomes = await Promise.allSettled([counter("b"), refusedAfterWriting("c"), counter("d")]);
  expect(outcomes).toMatchObject([
    { value: { id: 1, runs: 1 } },
    { reason: { message: "refused in run 1" } },
    { value: { id: 2, runs: 1 } },
  ]);
  expect(await setting("c")).toBeUndefined();
});

test("a unit that lets the loop turn after it wrote is refused, and the others of its group are kept", async () => {
  const strays = writer.run(async ({ tx }) => {
    await tx.settings.put("stray", "written");
    await nextTurn();
  });
  const outcomes = await Promise.allSettled([counter("a"), strays, counter("b")]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await setting("stray")).toBeUndefined();
  expect(await setting("b")).toBe("2");
});
