import { expect, test } from "vitest";
import type { Task } from "#core/tasks/task.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleSpec, sampleTask } from "./store-samples.ts";

/** Every field set. */
const full: Task = sampleTask(7, {
  dialect: "ame",
  projectId: "p1",
  projectName: "demo",
  name: "p1trainlocal",
  title: "Train",
  state: "failed",
  reason: { code: "exit-code", message: "It exited with 3.", hint: "See the log." },
  attempt: 2,
  phase: "ended",
  userFailures: 1,
  systemFailures: 1,
  queuedAt: 1_100,
  notBefore: 1_200,
  startedAt: 1_300,
  endedAt: 1_400,
  exitCode: 3,
  retryOf: 3,
  workerId: "w1",
  commit: "abc",
  demand: { memory: 2 ** 40, cpu: 500 },
});

export function taskTests(context: StoreContext): void {
  test("ids increase from 1, and those of a unit that was not kept are no loss", async () => {
    expect(await run(context.store, (tx) => tx.tasks.nextIds(3))).toEqual([1, 2, 3]);
    const refused = run(context.store, async (tx) => {
      await tx.tasks.nextIds(10);
      throw new Error("no");
    });
    await expect(refused).rejects.toThrow("no");
    const [next] = await run(context.store, (tx) => tx.tasks.nextIds(1));
    expect(next).toBeGreaterThan(3);
    await context.reopen();
    const [later] = await run(context.store, (tx) => tx.tasks.nextIds(1));
    expect(later).toBeGreaterThan(next!);
  });

  test("units at the same time are never given the same id", async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => run(context.store, (tx) => tx.tasks.nextIds(2))));
    expect(new Set(ids.flat()).size).toBe(100);
  });

  test("a task comes back as it was, with all its fields or the fewest", async () => {
    await addTasks(context.store, [full, sampleTask(8)]);
    const tasks = await run(context.store, (tx) => tx.tasks.getMany([7, 8, 9]));
    expect(tasks).toEqual(
      new Map([
        [7, full],
        [8, sampleTask(8)],
      ]),
    );
    expect(await run(context.store, (tx) => tx.tasks.specs([8, 9]))).toEqual(new Map([[8, sampleSpec]]));
  });

  test("a name is taken once in a dialect and project, and the refusal says which", async () => {
    const named = { name: "train", projectId: "p1", projectName: "demo" };
    await addTasks(context.store, [sampleTask(1, named)]);
    const again = addTasks(context.store, [sampleTask(2), sampleTask(3, named)]);
    await expect(again).rejects.toMatchObject({
      name: "RefusedError",
      refusal: "already-exists",
      field: "name",
      message: expect.stringContaining("train"),
    });
    expect((await run(context.store, (tx) => tx.tasks.getMany([2, 3]))).size).toBe(0);
    await addTasks(context.store, [
      sampleTask(4, { ...named, projectId: "p2" }),
      sampleTask(5, { ...named, dialect: "ame" }),
    ]);
  });

  test("a request makes one task", async () => {
    const insert = (id: number) =>
      run(context.store, (tx) => tx.tasks.insert([{ task: sampleTask(id), spec: sampleSpec, requestId: "request-1" }]));
    await insert(1);
    await expect(insert(2)).rejects.toMatchObject({ refusal: "already-exists", field: "request_id" });
    expect(await run(context.store, (tx) => tx.tasks.findByRequestId("request-1"))).toEqual(sampleTask(1));
    expect(await run(context.store, (tx) => tx.tasks.findByRequestId("request-2"))).toBeUndefined();
  });

  test("an id is taken once", async () => {
    await addTasks(context.store, [sampleTask(1)]);
    await expect(addTasks(context.store, [sampleTask(1, { name: "other" })])).rejects.toMatchObject({
      refusal: "already-exists",
      field: "id",
    });
  });

  test("a task is found by name, with or without its project", async () => {
    const first = sampleTask(1, { name: "train", projectId: "p1" });
    const second = sampleTask(2, { name: "train", projectId: "p2" });
    await addTasks(context.store, [first, second]);
    const find = (name: string, projectId?: string) =>
      run(context.store, (tx) => tx.tasks.findByName("tributary", name, projectId));
    expect(await find("train", "p1")).toEqual(first);
    expect(await find("train")).toEqual(second);
    expect(await find("train", "p3")).toBeUndefined();
    expect(await find("")).toBeUndefined();
    expect(await run(context.store, (tx) => tx.tasks.findByName("ame", "train"))).toBeUndefined();
  });

  test("a task is replaced only if its state and attempt are those that were expected", async () => {
    await addTasks(context.store, [sampleTask(1), sampleTask(2), sampleTask(3, { attempt: 1 })]);
    const active = (id: number): Task => sampleTask(id, { state: "active", attempt: 1, phase: "assigned" });
    const replaced = await run(context.store, (tx) =>
      tx.tasks.replace([
        { task: active(1), ifState: "queued", ifAttempt: 0 },
        { task: active(2), ifState: "waiting", ifAttempt: 0 },
        { task: active(3), ifState: "queued", ifAttempt: 0 },
        { task: active(4), ifState: "queued", ifAttempt: 0 },
      ]),
    );
    expect(replaced).toEqual([1]);
    const tasks = await run(context.store, (tx) => tx.tasks.getMany([1, 2, 3]));
    expect(tasks.get(1)).toEqual(active(1));
    expect(tasks.get(2)).toEqual(sampleTask(2));
    expect(tasks.get(3)).toEqual(sampleTask(3, { attempt: 1 }));
  });

  test("a replacement takes fields away that it does not have", async () => {
    await addTasks(context.store, [full]);
    const { reason: _, phase: __, exitCode: ___, endedAt: ____, ...rest } = full;
    const queued: Task = { ...rest, state: "queued" };
    await run(context.store, (tx) => tx.tasks.replace([{ task: queued, ifState: "failed", ifAttempt: 2 }]));
    expect((await run(context.store, (tx) => tx.tasks.getMany([7]))).get(7)).toEqual(queued);
  });

  test("the second of two replacements of one state does not happen", async () => {
    await addTasks(context.store, [sampleTask(1)]);
    const replace = () =>
      run(context.store, (tx) =>
        tx.tasks.replace([{ task: sampleTask(1, { state: "cancelled" }), ifState: "queued", ifAttempt: 0 }]),
      );
    expect(await Promise.all([replace(), replace()])).toEqual([[1], []]);
  });

  test("due tasks are those that wait for a time that has come, earliest first", async () => {
    const waiting = (id: number, notBefore?: number) =>
      sampleTask(id, { state: "waiting", ...(notBefore !== undefined && { notBefore }) });
    expect(await run(context.store, (tx) => tx.tasks.nextDue())).toBeUndefined();
    await addTasks(context.store, [
      waiting(1, 300),
      waiting(2, 100),
      waiting(3),
      sampleTask(4, { notBefore: 50 }),
      waiting(5, 200),
      waiting(6, 100),
    ]);
    expect(await run(context.store, (tx) => tx.tasks.nextDue())).toBe(100);
    const due = (now: number, limit: number) =>
      run(context.store, async (tx) => (await tx.tasks.due(now, limit)).map(({ id }) => id));
    expect(await due(99, 10)).toEqual([]);
    expect(await due(200, 10)).toEqual([2, 6, 5]);
    expect(await due(200, 2)).toEqual([2, 6]);
    await run(context.store, (tx) =>
      tx.tasks.replace([
        { task: sampleTask(2), ifState: "waiting", ifAttempt: 0 },
        { task: sampleTask(6), ifState: "waiting", ifAttempt: 0 },
      ]),
    );
    expect(await run(context.store, (tx) => tx.tasks.nextDue())).toBe(200);
  });

  test("empty lists are fine", async () => {
    const { store } = context;
    await run(store, async (tx) => {
      await tx.tasks.insert([]);
      expect(await tx.tasks.nextIds(0)).toEqual([]);
      expect(await tx.tasks.replace([])).toEqual([]);
      expect((await tx.tasks.getMany([])).size).toBe(0);
      expect((await tx.tasks.specs([])).size).toBe(0);
      expect(await tx.tasks.claim({ free: {}, limit: 10 })).toEqual([]);
      expect(await tx.tasks.due(0, 10)).toEqual([]);
    });
  });
}
