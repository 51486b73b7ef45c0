import { expect, test } from "vitest";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleTask } from "./store-samples.ts";

function sampleJob(id: string, changes: Partial<Job> = {}): Job {
  return { id, files: [], isStaging: false, createdAt: 10, ...changes };
}

function sampleFile(id: string, changes: Partial<StagedFile> = {}): StagedFile {
  return { id, hash: id.padEnd(64, "0"), size: 5_000_000_000, stagedAt: 1, usedAt: 1, ...changes };
}

export function jobTests(context: StoreContext): void {
  const ids = (files: readonly { readonly id: string }[]) => files.map(({ id }) => id);

  test("jobs are put again and found by id; those that wait for files come oldest first", async () => {
    const { store } = context;
    const second = sampleJob("b", { isStaging: true, createdAt: 20, taskId: 2, heldSince: 30 });
    const first = sampleJob("c", { isStaging: true, createdAt: 15, files: ["f", "g"] });
    await run(store, (tx) => tx.jobs.put([sampleJob("a"), second, first]));
    await run(store, (tx) => tx.jobs.put([sampleJob("a", { files: ["f"] })]));
    expect(await run(store, (tx) => tx.jobs.getMany(["a", "b", "none"]))).toEqual(
      new Map([
        ["a", sampleJob("a", { files: ["f"] })],
        ["b", second],
      ]),
    );
    expect(await run(store, (tx) => tx.jobs.staging(10))).toEqual([first, second]);
    expect(ids(await run(store, (tx) => tx.jobs.staging(1)))).toEqual(["c"]);
  });

  test("jobs are left whose task is gone, or that are old and never had one", async () => {
    const { store } = context;
    await addTasks(store, [sampleTask(1, { state: "succeeded", endedAt: 5 })]);
    await run(store, (tx) =>
      tx.jobs.put([
        sampleJob("has a task", { taskId: 1, createdAt: 1 }),
        sampleJob("lost it", { taskId: 2 }),
        sampleJob("young", { createdAt: 100 }),
        sampleJob("old", { createdAt: 99 }),
      ]),
    );
    expect(await run(store, (tx) => tx.jobs.left(100, 10))).toEqual(["lost it", "old"]);
    await run(store, (tx) => tx.jobs.delete(["lost it", "old"]));
    expect(await run(store, (tx) => tx.jobs.left(100, 10))).toEqual([]);
  });

  test("files are needed by jobs without a task, and by those whose task has not ended", async () => {
    const { store } = context;
    await addTasks(store, [
      sampleTask(1, { state: "succeeded", endedAt: 5 }),
      sampleTask(2, { state: "waiting" }),
      sampleTask(3, { state: "active", attempt: 1 }),
    ]);
    const names = ["of-new", "of-waiting", "of-active", "of-ended", "of-nobody", "of-both"];
    await run(store, async (tx) => {
      await tx.stagedFiles.put(names.map((name, index) => sampleFile(name, { usedAt: 100 - index })));
      await tx.jobs.put([
        sampleJob("new", { files: ["of-new"] }),
        sampleJob("ended", { files: ["of-ended", "of-both"], taskId: 1 }),
        sampleJob("waiting", { files: ["of-waiting", "of-both"], taskId: 2 }),
        sampleJob("active", { files: ["of-active"], taskId: 3 }),
      ]);
    });
    const needed = await run(store, (tx) => tx.stagedFiles.needed([...names, "none"]));
    expect([...needed].sort()).toEqual(["of-active", "of-both", "of-new", "of-waiting"]);
    expect(await run(store, (tx) => tx.stagedFiles.needed([]))).toEqual([]);
    expect(ids(await run(store, (tx) => tx.stagedFiles.unneeded(10)))).toEqual(["of-nobody", "of-ended"]);
    expect(await run(store, (tx) => tx.stagedFiles.size())).toBe(30_000_000_000);
    await run(store, (tx) => tx.jobs.delete(["new"]));
    expect(ids(await run(store, (tx) => tx.stagedFiles.unneeded(1)))).toEqual(["of-nobody"]);
    expect(await run(store, (tx) => tx.stagedFiles.needed(["of-new"]))).toEqual([]);
  });

  test("files are listed by id, with what all of them take", async () => {
    const { store } = context;
    expect(await store.view.listStagedFiles({ after: "", limit: 2 })).toEqual({ files: [], bytes: 0 });
    expect(await run(store, (tx) => tx.stagedFiles.size())).toBe(0);
    await run(store, (tx) => tx.stagedFiles.put(["c", "a", "b"].map((id) => sampleFile(id, { size: 2 }))));
    const page = await store.view.listStagedFiles({ after: "", limit: 2 });
    expect(page).toEqual({ files: [sampleFile("a", { size: 2 }), sampleFile("b", { size: 2 })], bytes: 6 });
    expect(ids((await store.view.listStagedFiles({ after: "b", limit: 2 })).files)).toEqual(["c"]);
    await run(store, (tx) => tx.stagedFiles.delete(["a"]));
    expect(await run(store, (tx) => tx.stagedFiles.getMany(["a", "b"]))).toEqual(
      new Map([["b", sampleFile("b", { size: 2 })]]),
    );
  });
}
