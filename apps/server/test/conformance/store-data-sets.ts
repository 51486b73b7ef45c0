import { expect, test } from "vitest";
import type { DataSet } from "#core/data-sets/data-set.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleTask } from "./store-samples.ts";

function sampleDataSet(id: string, changes: Partial<DataSet> = {}): DataSet {
  return { id, projectId: "p1", projectName: "demo", definition: { name: id, path: "data" }, made: 0, ...changes };
}

export function dataSetTests(context: StoreContext): void {
  const wait = (taskId: number, onTaskId: number, path = "data") => ({
    taskId,
    onTaskId,
    path,
    label: `of ${onTaskId}`,
  });

  test("what tasks wait for is found from both ends, and goes with the task that waited", async () => {
    const { store } = context;
    await addTasks(
      store,
      [1, 2, 3, 4].map((id) => sampleTask(id)),
    );
    const all = [wait(3, 1), wait(3, 2), wait(3, 2, "other"), wait(4, 2)];
    await run(store, (tx) => tx.dependencies.insert(all));
    const of = (...ids: number[]) => run(store, (tx) => tx.dependencies.of(ids));
    expect(await of(3)).toEqual(all.slice(0, 3));
    expect(await of(1, 3, 4)).toEqual(all);
    expect(await of()).toEqual([]);
    expect(await run(store, (tx) => tx.dependencies.on([2, 4]))).toEqual(all.slice(1));
    await run(store, (tx) => tx.tasks.delete([3]));
    expect(await run(store, (tx) => tx.dependencies.on([1, 2]))).toEqual([wait(4, 2)]);
  });

  test("what repeats a task is found from it, newest first", async () => {
    const { store } = context;
    await addTasks(store, [
      sampleTask(1),
      sampleTask(2, { retryOf: 1 }),
      sampleTask(3, { retryOf: 2 }),
      sampleTask(4, { retryOf: 1, origin: { kind: "batch", id: "b 1" } }),
    ]);
    const { retries } = await store.view.getLineage(1);
    expect(retries.map(({ id, origin }) => [id, origin])).toEqual([
      [4, { kind: "batch", id: "b 1" }],
      [2, undefined],
    ]);
    expect((await store.view.getLineage(4)).retries).toEqual([]);
  });

  test("labels are listed once each, in order and page by page, and leave with their tasks", async () => {
    const { store } = context;
    const labelled = (id: number, projectName: string, labels: Record<string, string>) =>
      sampleTask(id, { projectName, labels });
    await addTasks(store, [
      labelled(1, "demo", { team: "vision", "team-2": "x" }),
      labelled(2, "demo", { team: "text" }),
      labelled(3, "other", { team: "text", stage: "" }),
      sampleTask(4),
    ]);
    const list = async (prefix: string, after = "", limit = 9, projectNames?: string[]) =>
      store.view.listLabels({ prefix, after, limit, ...(projectNames && { projectNames }) });
    const one = (label: string, count: number) => ({ label, count, isMinimum: false });
    const all = [one("stage=", 1), one("team-2=x", 1), one("team=text", 2), one("team=vision", 1)];
    expect(await list("")).toEqual({ labels: all, more: false });
    expect(await list("", "", 2)).toEqual({ labels: all.slice(0, 2), more: true });
    expect(await list("", "team-2=x", 2)).toEqual({ labels: all.slice(2), more: false });
    expect(await list("team=t")).toEqual({ labels: [one("team=text", 2)], more: false });
    expect(await list("", "", 9, ["other"])).toEqual({ labels: [one("stage=", 1), one("team=text", 1)], more: false });
    expect(await list("", "", 9, ["demo", "other"])).toEqual({ labels: all, more: false });
    expect(await list("", "", 9, [])).toEqual({ labels: [], more: false });
    await run(store, async (tx) => {
      const task = (await tx.tasks.getMany([2])).get(2)!;
      await tx.tasks.replace([{ task: { ...task, title: task.title }, ifState: task.state, ifAttempt: task.attempt }]);
      expect((await tx.tasks.getMany([2])).get(2)).toEqual(task);
      await tx.tasks.delete([3]);
    });
    expect((await list("")).labels).toEqual([one("team-2=x", 1), one("team=text", 1), one("team=vision", 1)]);
    expect((await store.view.getTasks([1]))[0]?.labels).toEqual({ team: "vision", "team-2": "x" });
  });

  test("artifacts of one attempt are listed by path", async () => {
    const { store } = context;
    const artifact = (attempt: number, path: string) => ({ taskId: 1, attempt, path, size: 1, hash: "0".repeat(64) });
    await addTasks(store, [sampleTask(1)]);
    await run(store, (tx) => tx.artifacts.put([artifact(1, "b"), artifact(2, "c"), artifact(1, "a")]));
    const found = await run(store, (tx) => tx.artifacts.ofAttempt({ taskId: 1, number: 1 }));
    expect(found).toEqual([artifact(1, "a"), artifact(1, "b")]);
  });

  test("data sets are put again, and listed with what their last producer left at their path", async () => {
    const { store } = context;
    const ended = { state: "succeeded", attempt: 2, endedAt: 5 } as const;
    await addTasks(store, [sampleTask(1, ended), sampleTask(2, { state: "active", attempt: 1 })]);
    const artifact = (attempt: number, path: string, size: number) => {
      return { taskId: 1, attempt, path, size, hash: "0".repeat(64) };
    };
    await run(store, async (tx) => {
      await tx.artifacts.put([
        artifact(2, "data/a", 5),
        artifact(2, "data/b", 6),
        artifact(2, "x", 7),
        artifact(1, "data/c", 8),
      ]);
      await tx.dataSets.put([sampleDataSet("c"), sampleDataSet("b", { producerId: 2 }), sampleDataSet("a")]);
      await tx.dataSets.put([sampleDataSet("a", { producerId: 1, made: 1 })]);
    });
    const { dataSets } = await store.view.listDataSets();
    expect(dataSets.map(({ dataSet, producer, files, bytes }) => [dataSet.id, producer?.id, files, bytes])).toEqual([
      ["a", 1, 2, 11],
      ["b", 2, 0, 0],
      ["c", undefined, 0, 0],
    ]);
    expect((await run(store, (tx) => tx.dataSets.getMany(["a", "z"]))).get("a")).toMatchObject({ made: 1 });
  });

  test("the task that a data set is made of is not among those to be removed", async () => {
    const { store } = context;
    const ended = { state: "succeeded", attempt: 1, endedAt: 5 } as const;
    await addTasks(store, [sampleTask(1, ended), sampleTask(2, ended)]);
    await run(store, (tx) => tx.dataSets.put([sampleDataSet("a", { producerId: 1 }), sampleDataSet("b")]));
    expect(await store.view.listEnded({ endedBefore: 10, keep: 0, limit: 10 })).toEqual([2]);
  });

  test("marks for deletion are put again, and go with their task", async () => {
    const { store } = context;
    const mark = (taskId: number, approved: boolean) => ({ taskId, approved, by: "ada", at: 1 });
    await addTasks(
      store,
      [1, 2, 3].map((id) => sampleTask(id)),
    );
    await run(store, (tx) => tx.deletions.put([mark(1, false), mark(2, false), mark(3, true)]));
    await run(store, (tx) => tx.deletions.put([mark(2, true)]));
    expect(await run(store, (tx) => tx.deletions.approved())).toEqual([mark(2, true), mark(3, true)]);
    expect(await run(store, (tx) => tx.deletions.getMany([1, 9]))).toEqual([mark(1, false)]);
    await run(store, (tx) => tx.tasks.delete([2]));
    expect(await run(store, (tx) => tx.deletions.approved())).toEqual([mark(3, true)]);
  });
}
