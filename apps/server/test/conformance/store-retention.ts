import { expect, test } from "vitest";
import { tables, tablesOfTasks } from "#adapters/store/kysely/tables.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleAttempt, sampleProject, sampleTask } from "./store-samples.ts";

const hash = (digit: string) => digit.repeat(64);

export function retentionTests(context: StoreContext): void {
  const objects = (...digits: string[]) => digits.map((digit) => ({ hash: hash(digit), size: 10, keptAt: 1_000 }));

  /** Objects 1 to 6, of which 2 is an artifact, 3 a file of a project, and 6 was put later. */
  async function addObjects() {
    await run(context.store, async (tx) => {
      await tx.objects.put([...objects("1", "2", "3", "4", "5"), { hash: hash("6"), size: 5, keptAt: 9_000 }]);
      await tx.artifacts.put([{ taskId: 1, attempt: 1, path: "a", size: 10, hash: hash("2") }]);
      await tx.projects.insert([sampleProject("p1")]);
      await tx.projectFiles.put([{ projectId: "p1", path: "a", size: 10, hash: hash("3") }]);
    });
  }

  test("unused objects are found page by page, but for those that were put lately", async () => {
    const { store } = context;
    await addObjects();
    const found: string[] = [];
    let pages = 0;
    for (let after: string | undefined = ""; after !== undefined; pages++) {
      const page: { hashes: readonly string[]; next?: string } = await store.view.listUnusedObjects({
        after,
        keptBefore: 9_000,
        looked: 2,
      });
      found.push(...page.hashes);
      after = page.next;
    }
    expect(found).toEqual([hash("1"), hash("4"), hash("5")]);
    expect(pages).toBe(4);
  });

  test("objects are forgotten only while nothing refers to them and they were not put again", async () => {
    const { store } = context;
    await addObjects();
    const all = ["1", "2", "3", "4", "5", "6", "7"].map(hash);
    await run(store, (tx) => tx.objects.put([{ hash: hash("4"), size: 10, keptAt: 9_500 }]));
    const forget = () => run(store, (tx) => tx.objects.forgetUnused(all, 9_000));
    // 7 was never known
    expect(await forget()).toEqual(["1", "5", "7"].map(hash));
    expect(await forget()).toEqual(["1", "5", "7"].map(hash));
    expect((await store.view.countStorage()).objects).toEqual({ count: 4, bytes: 35 });
    await run(store, (tx) => tx.projects.delete(["p1"]));
    expect(await run(store, (tx) => tx.objects.forgetUnused([hash("3")], 9_000))).toEqual([hash("3")]);
    expect(await run(store, (tx) => tx.objects.forgetUnused([], 9_000))).toEqual([]);
  });

  test("a deleted task is gone with all that belongs to it, and its name is free", async () => {
    const { store } = context;
    const ended = { state: "succeeded", attempt: 1, endedAt: 5_000 } as const;
    await addTasks(store, [sampleTask(1, ended), sampleTask(2, ended)]);
    await run(store, async (tx) => {
      await tx.attempts.insert([sampleAttempt(1), sampleAttempt(2)]);
      await tx.artifacts.put([1, 2].map((taskId) => ({ taskId, attempt: 1, path: "a", size: 1, hash: hash("1") })));
      await tx.tasks.delete([1, 9]);
    });
    expect(await store.view.getTask(1)).toBeUndefined();
    expect((await store.view.getTask(2))?.artifacts).toHaveLength(1);
    const left = await run(store, async (tx) => ({
      specs: [...(await tx.tasks.specs([1, 2])).keys()],
      attempts: (await tx.attempts.getMany([1, 2].map((taskId) => ({ taskId, number: 1 })))).map(
        ({ taskId }) => taskId,
      ),
    }));
    expect(left).toEqual({ specs: [2], attempts: [2] });
    await addTasks(store, [sampleTask(3, { name: "task-1" })]);
  });

  test("the tasks that ended first are found by age, and by count", async () => {
    const { store } = context;
    const times = [5_000, 3_000, 4_000, undefined, 1_000];
    await addTasks(
      store,
      times.map((endedAt, index) =>
        sampleTask(index + 1, endedAt === undefined ? {} : { state: "failed", attempt: 1, endedAt }),
      ),
    );
    const found = (endedBefore: number, keep: number, limit = 100) =>
      store.view.listEnded({ endedBefore, keep, limit });
    expect(await found(0, 100)).toEqual([]);
    expect(await found(4_000, 100)).toEqual([5, 2]);
    expect(await found(0, 1)).toEqual([5, 2, 3]);
    expect(await found(0, 0, 2)).toEqual([5, 2]);
    expect(await found(6_000, 3)).toEqual([5, 2, 3, 1]);
    // 4 has not ended, and waits for 5 and 3; that 1 waited for 2 is over.
    const wait = (taskId: number, onTaskId: number) => ({ taskId, onTaskId, path: "", label: "" });
    await run(store, (tx) => tx.dependencies.insert([wait(4, 5), wait(4, 3), wait(1, 2)]));
    expect(await found(6_000, 100)).toEqual([2, 1]);
  });

  test("a time's place in the journal is found", async () => {
    const { store } = context;
    const at = (time: number) => store.view.positionAt(time);
    expect(await at(5)).toEqual({ oldest: 1, position: 1 });
    await run(store, (tx) =>
      tx.journal.append([10, 20, 20, 30, 40].map((at) => ({ kind: "worker-changed", workerId: "w", at }))),
    );
    expect(await Promise.all([5, 10, 11, 20, 40, 41].map(at))).toEqual(
      [1, 1, 2, 2, 5, 6].map((position) => ({ oldest: 1, position })),
    );
    await store.trim(3);
    expect(await at(5)).toEqual({ oldest: 3, position: 3 });
    expect((await store.view.countStorage()).journal).toEqual({ count: 3, oldestAt: 20 });
    await store.trim(6);
    expect(await at(5)).toEqual({ oldest: 6, position: 6 });
    expect((await store.view.countStorage()).journal).toEqual({ count: 0 });
  });

  test("what is kept is counted", async () => {
    const { store } = context;
    expect(await store.view.countStorage()).toEqual({
      tasks: { count: 0 },
      journal: { count: 0 },
      objects: { count: 0, bytes: 0 },
    });
    await addTasks(store, [sampleTask(1), sampleTask(2, { createdAt: 7 })]);
    expect((await store.view.countStorage()).tasks).toEqual({ count: 2, oldestAt: 7 });
    expect(await store.size()).toBeGreaterThan(10_000);
  });

  test("every table with the id of a task goes with it", () => {
    const withTask = Object.entries(tables).filter(([, columns]) => "task_id" in columns);
    // Jobs are swept behind their tasks; what a batch could not do is the batch's.
    const others = ["jobs", "task_batch_refusals"];
    const names = withTask.map(([table]) => table).filter((table) => !others.includes(table));
    expect(names.sort()).toEqual([...tablesOfTasks].sort());
  });
}
