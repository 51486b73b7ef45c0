import { expect, test } from "vitest";
import type { ClaimAsk, Tx } from "#core/ports/tx.ts";
import type { Task, TaskId, TaskState } from "#core/tasks/task.ts";
import { claimModelTest } from "./store-claim-model.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleSpec, sampleTask } from "./store-samples.ts";

const everything = { cpu: 1e9, memory: 1e15, gpu: 1e3 };

export function claimTests(context: StoreContext): void {
  const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id);
  const peek = (ask: Partial<ClaimAsk> = {}) =>
    run(context.store, async (tx) => ids(await tx.tasks.claim({ free: everything, limit: 100, ...ask })));
  const move = (id: TaskId, from: TaskState, to: TaskState, changes: Partial<Task> = {}) =>
    run(context.store, (tx) => moveIn(tx, id, from, to, changes));

  test("queued tasks are answered whole, oldest first, then by id", async () => {
    await addTasks(context.store, [
      sampleTask(1, { queuedAt: 30 }),
      sampleTask(2, { queuedAt: 10 }),
      sampleTask(3, { queuedAt: 20, demand: {} }),
      sampleTask(4, { queuedAt: 10, dialect: "ame" }),
      sampleTask(5, { state: "waiting" }),
      sampleTask(6, { state: "paused", queuedAt: 1 }),
    ]);
    expect(await peek()).toEqual([2, 4, 3, 1]);
    expect(await peek({ limit: 2 })).toEqual([2, 4]);
    expect(await peek({ limit: 0 })).toEqual([]);
    const [task] = await run(context.store, (tx) => tx.tasks.claim({ free: everything, limit: 1 }));
    expect(task).toEqual(sampleTask(2, { queuedAt: 10 }));
  });

  test("a claim changes nothing", async () => {
    await addTasks(context.store, [sampleTask(1), sampleTask(2)]);
    expect(await peek()).toEqual([1, 2]);
    expect(await peek()).toEqual([1, 2]);
  });

  test("tasks fit one by one and together; what does not fit is passed by", async () => {
    await addTasks(context.store, [
      sampleTask(1, { demand: { cpu: 3_000 } }),
      sampleTask(2, { demand: { cpu: 2_000, memory: 100 } }),
      sampleTask(3, { demand: { cpu: 1_000 } }),
      sampleTask(4, { demand: { cpu: 1_000, gpu: 1 } }),
      sampleTask(5, { demand: { cpu: 1_000 } }),
    ]);
    expect(await peek({ free: { cpu: 4_000, memory: 50 } })).toEqual([1, 3]);
    expect(await peek({ free: { cpu: 4_000, memory: 100 } })).toEqual([1, 3]);
    expect(await peek({ free: { cpu: 2_500, memory: 100 } })).toEqual([2]);
    expect(await peek({ free: { cpu: 2_000 } })).toEqual([3, 5]);
    expect(await peek({ free: { cpu: 2_000, gpu: 1 } })).toEqual([3, 4]);
    expect(await peek({ free: {} })).toEqual([]);
  });

  test("a demand for nothing of something fits, and names of objects' own are no resources", async () => {
    await addTasks(context.store, [
      sampleTask(1, { demand: { gpu: 0 } }),
      sampleTask(2, { demand: { toString: 1 } }),
      sampleTask(3, { demand: {} }),
    ]);
    expect(await peek({ free: { cpu: 1 } })).toEqual([1, 3]);
  });

  test("only the asked dialects are claimed", async () => {
    await addTasks(context.store, [
      sampleTask(1, { dialect: "ame" }),
      sampleTask(2, { dialect: "taskqueue" }),
      sampleTask(3, { dialect: "flyte" }),
    ]);
    expect(await peek({ dialects: ["taskqueue", "flyte"] })).toEqual([2, 3]);
    expect(await peek({ dialects: [] })).toEqual([]);
  });

  test("within a unit no task is answered twice, not even one that was changed and queued again", async () => {
    await addTasks(
      context.store,
      [1, 2, 3, 4].map((id) => sampleTask(id)),
    );
    await run(context.store, async (tx) => {
      const claim = async (limit: number) => ids(await tx.tasks.claim({ free: everything, limit }));
      expect(await claim(2)).toEqual([1, 2]);
      await moveIn(tx, 1, "queued", "active");
      await moveIn(tx, 1, "active", "queued");
      expect(await claim(1)).toEqual([3]);
      expect(await claim(9)).toEqual([4]);
      expect(await claim(9)).toEqual([]);
    });
    expect(await peek()).toEqual([1, 2, 3, 4]);
  });

  test("a unit finds the tasks that it has queued itself", async () => {
    await run(context.store, async (tx) => {
      await tx.tasks.insert([{ task: sampleTask(1), spec: sampleSpec }]);
      expect(ids(await tx.tasks.claim({ free: everything, limit: 9 }))).toEqual([1]);
    });
    expect(await peek()).toEqual([1]);
  });

  test("tasks come and go with their state", async () => {
    await addTasks(context.store, [sampleTask(1), sampleTask(2), sampleTask(3, { state: "waiting" })]);
    await move(1, "queued", "cancelled");
    await move(3, "waiting", "queued", { queuedAt: 5 });
    expect(await peek()).toEqual([3, 2]);
    await move(3, "queued", "paused");
    expect(await peek()).toEqual([2]);
    await move(3, "paused", "queued", { queuedAt: 5_000 });
    expect(await peek()).toEqual([2, 3]);
    await move(2, "queued", "queued", { queuedAt: 9_000, demand: { cpu: 2_000 } });
    expect(await peek()).toEqual([3, 2]);
    expect(await peek({ free: { cpu: 1_500 } })).toEqual([3]);
  });

  test("claims and changes of a unit that is not kept are as if they had not been", async () => {
    await addTasks(
      context.store,
      [1, 2, 3].map((id) => sampleTask(id)),
    );
    const unit = run(context.store, async (tx) => {
      const [first] = await tx.tasks.claim({ free: everything, limit: 1 });
      await moveIn(tx, first!.id, "queued", "active");
      await moveIn(tx, 2, "queued", "cancelled");
      await moveIn(tx, 3, "queued", "queued", { queuedAt: 1 });
      await tx.tasks.insert([{ task: sampleTask(4), spec: sampleSpec }]);
      throw new Error("no");
    });
    await expect(unit).rejects.toThrow("no");
    expect(await peek()).toEqual([1, 2, 3]);
  });

  test("many claim at once and every task goes to one of them", async () => {
    await addTasks(
      context.store,
      Array.from({ length: 300 }, (_, n) => sampleTask(n + 1)),
    );
    const lease = () =>
      run(context.store, async (tx) => {
        const tasks = await tx.tasks.claim({ free: everything, limit: 7 });
        for (const { id } of tasks) await moveIn(tx, id, "queued", "active");
        if (tasks[0] && tasks[0].id % 5 === 0) throw new Error("changed my mind");
        return ids(tasks);
      });
    const given: TaskId[] = [];
    for (let round = 0; given.length < 300 && round < 20; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, lease));
      for (const outcome of outcomes) if (outcome.status === "fulfilled") given.push(...outcome.value);
      // A unit that starts with a multiple of five never keeps its tasks: take one off the head.
      const [head] = await peek({ limit: 1 });
      if (head !== undefined) {
        await move(head, "queued", "active");
        given.push(head);
      }
    }
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
    expect(await peek()).toEqual([]);
  });

  test("the queue is the same when the store is opened again", async () => {
    await addTasks(context.store, [
      sampleTask(1, { queuedAt: 30 }),
      sampleTask(2, { queuedAt: 10, demand: { memory: 5, cpu: 1 } }),
      sampleTask(3, { queuedAt: 10, demand: { cpu: 1, memory: 5 } }),
      sampleTask(4, { state: "active" }),
    ]);
    await move(1, "queued", "active");
    await context.reopen();
    expect(await peek()).toEqual([2, 3]);
    expect(await peek({ free: { cpu: 1, memory: 9 } })).toEqual([2]);
  });

  claimModelTest(context);
}

/** Changes a task that was inserted as its sample. */
async function moveIn(tx: Tx, id: TaskId, from: TaskState, to: TaskState, changes: Partial<Task> = {}): Promise<void> {
  const task = (await tx.tasks.getMany([id])).get(id)!;
  const replaced = await tx.tasks.replace([
    { task: { ...task, state: to, ...changes }, ifState: from, ifAttempt: task.attempt },
  ]);
  expect(replaced).toEqual([id]);
}
