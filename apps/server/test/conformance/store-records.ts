import { expect, test } from "vitest";
import type { AuditEvent, AuditFilter } from "#core/audit/audit-event.ts";
import { RefusedError } from "#core/errors.ts";
import type { TaskBatch } from "#core/task-batches/task-batch.ts";
import type { Worker } from "#core/workers/worker.ts";
import type { StoreContext } from "./store-context.ts";
import {
  namedProject,
  run,
  sampleProject,
  sampleSchedule,
  sampleSource,
  sampleToken,
  sampleWorker,
} from "./store-samples.ts";

export function recordTests(context: StoreContext): void {
  test("servers are put again, listed by id, and deleted", async () => {
    const { store } = context;
    const server = (id: string, beats: number) => ({ id, name: "host", url: "http://a", startedAt: 5, beats });
    await run(store, (tx) => tx.servers.put([server("b", 1), server("a", 1)]));
    await run(store, (tx) => tx.servers.put([server("b", 2)]));
    expect(await run(store, (tx) => tx.servers.all())).toEqual([server("a", 1), server("b", 2)]);
    await run(store, (tx) => tx.servers.delete(["a", "z"]));
    expect(await run(store, (tx) => tx.servers.all())).toEqual([server("b", 2)]);
  });

  test("places of logs are noted once each, and go with their task", async () => {
    const { store } = context;
    const place = (taskId: number, serverId: string) => ({ taskId, serverId });
    await run(store, (tx) => tx.logPlaces.put([place(1, "b"), place(1, "a"), place(2, "b")]));
    await run(store, (tx) => tx.logPlaces.put([place(1, "b")]));
    const of = (taskId: number) => run(store, (tx) => tx.logPlaces.of(taskId));
    expect(await of(1)).toEqual(["a", "b"]);
    expect(await of(3)).toEqual([]);
    await run(store, (tx) => tx.tasks.delete([1]));
    expect(await of(1)).toEqual([]);
    expect(await of(2)).toEqual(["b"]);
  });

  test("projects are inserted once, put again, and found by id and name", async () => {
    const { store } = context;
    const uploaded = namedProject("p1", "demo", { createdAt: 10, fileText: "name: demo\n", commit: "abc" });
    await run(store, (tx) => tx.projects.insert([uploaded, namedProject("p2", "demo", { createdAt: 20 })]));
    await expect(run(store, (tx) => tx.projects.insert([uploaded]))).rejects.toMatchObject({
      refusal: "already-exists",
      message: expect.stringContaining("p1"),
    });
    expect(await run(store, (tx) => tx.projects.getMany(["p1", "p9"]))).toEqual(new Map([["p1", uploaded]]));
    const ids = (name: string) =>
      run(store, async (tx) => (await tx.projects.findByName(name)).map((project) => project.id));
    expect(await ids("demo")).toEqual(["p2", "p1"]);
    await run(store, (tx) => tx.projects.put([namedProject("p2", "other"), namedProject("p3", "demo")]));
    expect(await ids("demo")).toEqual(["p3", "p1"]);
    expect(await ids("other")).toEqual(["p2"]);
    await run(store, (tx) => tx.projects.insert([namedProject("s1", "demo", { sourceId: "s1" })]));
    const uploads = (name: string) => run(store, (tx) => tx.projects.countUploads(name));
    expect([await uploads("demo"), await uploads("other"), await uploads("none")]).toEqual([2, 1, 0]);
  });

  test("a deleted project is gone with its files", async () => {
    const { store } = context;
    const file = { path: "a", size: 1, hash: "x" };
    await run(store, async (tx) => {
      await tx.projects.insert([sampleProject("p1"), sampleProject("p2")]);
      await tx.projectFiles.put([
        { projectId: "p1", ...file },
        { projectId: "p2", ...file },
      ]);
      await tx.projects.delete(["p1", "p9"]);
    });
    expect(await run(store, (tx) => tx.projects.getMany(["p1", "p2"]))).toEqual(new Map([["p2", sampleProject("p2")]]));
    expect(await run(store, (tx) => tx.projectFiles.list("p1"))).toEqual([]);
    expect(await run(store, (tx) => tx.projectFiles.list("p2"))).toHaveLength(1);
  });

  test("files of a project are put by path and listed by path", async () => {
    const { store } = context;
    const file = (path: string, hash: string) => ({ projectId: "p1", path, size: hash.length, hash });
    await run(store, (tx) => tx.projectFiles.put([file("b/é", "1"), file("a", "1"), file("B", "1")]));
    await run(store, (tx) => tx.projectFiles.put([file("a", "22")]));
    expect(await run(store, (tx) => tx.projectFiles.list("p1"))).toEqual([
      file("B", "1"),
      file("a", "22"),
      file("b/é", "1"),
    ]);
    expect(await run(store, (tx) => tx.projectFiles.list("p2"))).toEqual([]);
  });

  test("sources are replaced only at the revision that was expected", async () => {
    const { store } = context;
    await run(store, (tx) => tx.sources.insert([sampleSource("s1"), sampleSource("s2", { revision: 2 })]));
    await expect(run(store, (tx) => tx.sources.insert([sampleSource("s1")]))).rejects.toMatchObject({
      refusal: "already-exists",
    });
    const changed = (id: string) => sampleSource(id, { state: "synchronized", revision: 2, branch: "main" });
    const replaced = await run(store, (tx) =>
      tx.sources.replace([
        { source: changed("s1"), ifRevision: 1 },
        { source: changed("s2"), ifRevision: 1 },
        { source: changed("s3"), ifRevision: 1 },
      ]),
    );
    expect(replaced).toEqual(["s1"]);
    expect(await run(store, (tx) => tx.sources.getMany(["s1", "s2", "s3"]))).toEqual(
      new Map([
        ["s1", changed("s1")],
        ["s2", sampleSource("s2", { revision: 2 })],
      ]),
    );
  });

  test("sources are listed by repository, found by it, and deleted", async () => {
    const { store } = context;
    const of = (id: string, repository: string) => sampleSource(id, { settings: { repository } });
    await run(store, (tx) => tx.sources.insert([of("s3", "a"), of("s1", "b"), of("s2", "a")]));
    const all = () => run(store, async (tx) => (await tx.sources.all()).map(({ id }) => id));
    expect(await all()).toEqual(["s2", "s3", "s1"]);
    expect(await run(store, (tx) => tx.sources.findByRepository("b"))).toEqual([of("s1", "b")]);
    expect((await store.view.listSources()).sources.map(({ id }) => id)).toEqual(["s2", "s3", "s1"]);
    await run(store, (tx) => tx.sources.delete(["s2", "s1"]));
    expect(await all()).toEqual(["s3"]);
  });

  test("schedules are put again, found by project, and due by their time unless they are paused", async () => {
    const { store } = context;
    const paused = { by: "ada", at: 1, note: "" };
    const all = [
      sampleSchedule("a", { nextAt: 30 }),
      sampleSchedule("b", { nextAt: 20, projectId: "p2" }),
      sampleSchedule("c", { nextAt: 10, paused }),
      sampleSchedule("d", { nextAt: 20, projectId: "p1", projectName: "was" }),
      sampleSchedule("e", { projectId: "p3", projectName: "other" }),
    ];
    await run(store, (tx) => tx.schedules.put(all));
    const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
    expect(ids(await run(store, (tx) => tx.schedules.ofProject("p1", "demo")))).toEqual(["a", "b", "c", "d"]);
    expect(ids(await run(store, (tx) => tx.schedules.due(19, 10)))).toEqual([]);
    expect(ids(await run(store, (tx) => tx.schedules.due(30, 10)))).toEqual(["b", "d", "a"]);
    expect(ids(await run(store, (tx) => tx.schedules.due(30, 2)))).toEqual(["b", "d"]);
    expect(await run(store, (tx) => tx.schedules.nextDue())).toBe(20);
    expect(ids((await store.view.listSchedules()).schedules)).toEqual(["c", "b", "d", "a", "e"]);
    await run(store, (tx) => tx.schedules.put([sampleSchedule("b", { nextAt: 50 }), sampleSchedule("d")]));
    expect(await run(store, (tx) => tx.schedules.nextDue())).toBe(30);
    expect((await run(store, (tx) => tx.schedules.getMany(["c", "x"]))).get("c")).toEqual(all[2]);
  });

  test("the newest of a schedule's history stay, and go with it", async () => {
    const { store } = context;
    const tick = (scheduleId: string, at: number) => ({
      scheduleId,
      at,
      firedAt: at,
      outcome: { kind: "missed" as const },
    });
    await run(store, (tx) => tx.schedules.put([sampleSchedule("a"), sampleSchedule("b")]));
    await run(store, async (tx) => {
      await tx.schedules.putTicks([tick("a", 1), tick("a", 3), tick("b", 1)], 2);
      await tx.schedules.putTicks([tick("a", 2), tick("a", 4)], 2);
    });
    const times = async (id: string) => (await store.view.listTicks(id)).map(({ at }) => at);
    expect(await times("a")).toEqual([4, 3]);
    expect((await store.view.listTicks("b"))[0]).toEqual(tick("b", 1));
    await run(store, (tx) => tx.schedules.delete(["a"]));
    expect(await times("a")).toEqual([]);
    expect(await times("b")).toEqual([1]);
  });

  test("workers are put again and listed by name", async () => {
    const { store } = context;
    await run(store, (tx) => tx.workers.put([sampleWorker("w1", { name: "z" }), sampleWorker("w2", { name: "a" })]));
    await run(store, (tx) => tx.workers.put([sampleWorker("w2", { name: "b", online: false })]));
    const workers = await run(store, (tx) => tx.workers.all());
    expect(workers).toEqual([sampleWorker("w2", { name: "b", online: false }), sampleWorker("w1", { name: "z" })]);
    expect((await run(store, (tx) => tx.workers.getMany(["w1", "w9"]))).size).toBe(1);
  });

  test("workers are numbered without a repeat, and found by their numbers", async () => {
    const { store } = context;
    const next = () => run(store, (tx) => tx.workers.nextNumber());
    expect([await next(), await next(), await run(store, (tx) => tx.workers.nextNumber())]).toEqual([1, 2, 3]);
    await run(store, (tx) => tx.workers.put([sampleWorker("w7", { kind: "scitq" })]));
    await run(store, (tx) => tx.workers.put([sampleWorker("w7", { kind: "scitq", prefetch: 2 })]));
    expect(await run(store, (tx) => tx.workers.findByNumber(7))).toMatchObject({ id: "w7", prefetch: 2 });
    expect(await run(store, (tx) => tx.workers.findByNumber(8))).toBeUndefined();
    // A unit that fails gives no number away.
    const failing = run(store, async (tx) => {
      await tx.workers.nextNumber();
      throw new RefusedError("invalid", "no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await next()).toBe(4);
  });

  test("it is known whether a worker of a kind takes tasks", async () => {
    const { store } = context;
    const put = (changes: Partial<Worker>) =>
      run(store, (tx) => tx.workers.put([sampleWorker("w1"), sampleWorker("w2", { kind: "scitq", ...changes })]));
    const takes = () => run(store, (tx) => tx.workers.hasTakers("scitq"));
    expect(await takes()).toBe(false);
    await put({});
    expect(await takes()).toBe(true);
    await put({ online: false });
    expect(await takes()).toBe(false);
    await put({ draining: true });
    expect(await takes()).toBe(false);
  });

  test("settings are put again", async () => {
    const { store } = context;
    await run(store, (tx) => tx.settings.put("master-key", "1"));
    await run(store, (tx) => tx.settings.put("master-key", "2"));
    expect(await run(store, (tx) => tx.settings.get("master-key"))).toBe("2");
    expect(await run(store, (tx) => tx.settings.get("other"))).toBeUndefined();
  });

  test("tokens are put again, found by hash, listed by id, and deleted; two cannot share a hash", async () => {
    const { store } = context;
    const a = sampleToken("a", { projects: ["p"], expiresAt: 9 });
    await run(store, (tx) => tx.tokens.put([sampleToken("b"), a]));
    await run(store, (tx) => tx.tokens.put([sampleToken("b", { revokedAt: 5, revokedBy: "x" })]));
    expect(await run(store, (tx) => tx.tokens.findByHash("hash-a"))).toEqual(a);
    expect(await run(store, (tx) => tx.tokens.findByHash("nope"))).toBeUndefined();
    expect(await run(store, (tx) => tx.tokens.getMany(["b", "c"]))).toEqual(
      new Map([["b", sampleToken("b", { revokedAt: 5, revokedBy: "x" })]]),
    );
    expect((await run(store, (tx) => tx.tokens.all())).map(({ id }) => id)).toEqual(["a", "b"]);
    await expect(run(store, (tx) => tx.tokens.put([sampleToken("c", { hash: "hash-a" })]))).rejects.toThrow();
    await run(store, (tx) => tx.tokens.delete(["a", "c"]));
    expect((await run(store, (tx) => tx.tokens.all())).map(({ id }) => id)).toEqual(["b"]);
  });

  test("saved views are put again, listed by id, and deleted", async () => {
    const { store } = context;
    const view = (id: string, name: string) => ({
      ...{ id, name, page: "tasks", query: "state=failed", projectName: "" },
      ...{ createdBy: "ann", createdAt: 1, updatedBy: "bob", updatedAt: 2 },
    });
    await run(store, (tx) => tx.savedViews.put([view("b", "old"), view("a", "x")]));
    await run(store, (tx) => tx.savedViews.put([view("b", "new")]));
    expect(await run(store, (tx) => tx.savedViews.all())).toEqual([view("a", "x"), view("b", "new")]);
    await run(store, (tx) => tx.savedViews.delete(["a", "nope"]));
    expect(await run(store, (tx) => tx.savedViews.getMany(["a", "b"]))).toEqual(new Map([["b", view("b", "new")]]));
  });

  test("batches are put again, listed newest first, and deleted with their targets and refusals", async () => {
    const { store } = context;
    const batch = (id: string, createdAt: number, done = 0): TaskBatch => ({
      ...{ id, act: "cancel", state: "running", createdBy: "ann", createdAt },
      ...{ expected: 3, expectedIsMinimum: false, done, refused: 0, touched: done },
    });
    await run(store, async (tx) => {
      await tx.taskBatches.put([batch("a", 1), batch("b", 2), batch("c", 2)]);
      await tx.taskBatches.putTarget("a", { ids: [3, 1] });
      await tx.taskBatches.put([batch("a", 1, 2)]);
      await tx.taskBatches.putRefusals([2, 1, 3].map((taskId) => ({ batchId: "a", taskId, message: `no ${taskId}` })));
      await tx.taskBatches.putRefusals([{ batchId: "b", taskId: 1, message: "other" }]);
    });
    expect(await run(store, (tx) => tx.taskBatches.all())).toEqual([batch("b", 2), batch("c", 2), batch("a", 1, 2)]);
    expect(await run(store, (tx) => tx.taskBatches.target("a"))).toEqual({ ids: [3, 1] });
    const refusals = () => run(store, (tx) => tx.taskBatches.refusals("a", 2));
    expect((await refusals()).map(({ message }) => message)).toEqual(["no 1", "no 2"]);
    await run(store, (tx) => tx.taskBatches.delete(["a", "nope"]));
    expect(await refusals()).toEqual([]);
    expect(await run(store, (tx) => tx.taskBatches.target("a"))).toBeUndefined();
    expect((await run(store, (tx) => tx.taskBatches.getMany(["a", "b"]))).size).toBe(1);
    expect(await run(store, (tx) => tx.taskBatches.refusals("b", 9))).toHaveLength(1);
  });

  test("audit events are listed newest first, filtered, and deleted from the oldest on", async () => {
    const { store } = context;
    const event = (id: string, changes: Partial<AuditEvent> = {}): AuditEvent => ({
      id,
      at: 10,
      principal: "ann",
      address: "127.0.0.1",
      rpc: "ame.v1.AmeService/RunTask",
      targets: [{ field: "name", value: "50%_Off" }],
      outcome: "ok",
      requestId: "r",
      ...changes,
    });
    await run(store, (tx) =>
      tx.audit.insert([
        event("b", { at: 20, principal: "bob", outcome: "not_found", rpc: "ame.v1.AmeService/GetTask", targets: [] }),
        event("c", { at: 30 }),
        event("a"),
      ]),
    );
    const ids = async (filter: AuditFilter, page: { limit?: number; olderThan?: string } = {}) => {
      const { events, hasMore } = await store.view.listAuditEvents({ filter, limit: 10, ...page });
      return [...events.map(({ id }) => id), ...(hasMore ? ["…"] : [])].join(" ");
    };
    expect((await store.view.listAuditEvents({ filter: {}, limit: 1 })).events).toEqual([event("c", { at: 30 })]);
    expect(await ids({}, { limit: 2 })).toBe("c b …");
    expect(await ids({}, { olderThan: "b" })).toBe("a");
    expect(await ids({ principal: "bob" })).toBe("b");
    expect(await ids({ ok: true })).toBe("c a");
    expect(await ids({ ok: false })).toBe("b");
    expect(await ids({ rpc: "ame.v1.AmeService/R" })).toBe("c a");
    expect(await ids({ rpc: "ame_v1" })).toBe("");
    expect(await ids({ text: "%_oFF" })).toBe("c a");
    expect(await ids({ after: 20, before: 30 })).toBe("b");
    expect(await run(store, (tx) => tx.audit.deleteOldest("", 5, 10))).toBe(0);
    expect(await run(store, (tx) => tx.audit.deleteOldest("b", 5, 10))).toBe(1);
    expect(await run(store, (tx) => tx.audit.deleteOldest("", 0, 1))).toBe(1);
    expect(await ids({})).toBe("c");
  });
}
