import { expect, test } from "vitest";
import type { Task } from "#core/tasks/task.ts";
import type { StoreContext } from "./store-context.ts";
import {
  addTasks,
  namedProject,
  run,
  sampleAttempt,
  sampleSource,
  sampleSpec,
  sampleTask,
  sampleWorker,
} from "./store-samples.ts";

export function viewTests(context: StoreContext): void {
  test("a task with its spec and attempts", async () => {
    const { store } = context;
    await addTasks(store, [sampleTask(1)]);
    await run(store, (tx) => tx.attempts.insert([sampleAttempt(1, 2), sampleAttempt(1, 1), sampleAttempt(2, 1)]));
    expect(await store.view.getTask(1)).toEqual({
      task: sampleTask(1),
      spec: sampleSpec,
      attempts: [sampleAttempt(1, 1), sampleAttempt(1, 2)],
      artifacts: [],
      position: 1,
    });
    expect(await store.view.getTask(2)).toBeUndefined();
  });

  test("a view sees all that was acknowledged before, and tells its position", async () => {
    const { store } = context;
    for (let n = 1; n <= 50; n += 1) {
      await run(store, async (tx) => {
        await tx.sources.insert([sampleSource(`s${n}`)]);
        await tx.journal.append([{ kind: "source-changed", sourceId: `s${n}`, at: n }]);
      });
      const { sources, position } = await store.view.listSources();
      expect([sources.length, position]).toEqual([n, n]);
    }
  });

  test("many views at once", async () => {
    const { store } = context;
    await addTasks(store, [sampleTask(1)]);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (n % 2 ? store.view.getTasks([1]) : store.view.listSources())),
    );
    for (const [n, answer] of answers.entries()) {
      expect(answer).toEqual(n % 2 ? [sampleTask(1)] : { sources: [], position: 1 });
    }
  });

  test("projects of all sources, and the newest upload of each name with their number, by name", async () => {
    const { store } = context;
    await run(store, (tx) =>
      tx.projects.insert([
        namedProject("u1", "beta", { createdAt: 10 }),
        namedProject("u2", "beta", { createdAt: 30 }),
        namedProject("u3", "beta", { createdAt: 20 }),
        namedProject("u4", "alpha", { createdAt: 5 }),
        namedProject("s1", "beta", { sourceId: "s1" }),
        namedProject("s2", "gamma", { sourceId: "s2" }),
        namedProject("s3", "gamma", { sourceId: "s3" }),
      ]),
    );
    const listed = await store.view.listProjects();
    expect(listed.map(({ project, uploads }) => [project.definition.name, project.id, uploads])).toEqual([
      ["alpha", "u4", 1],
      ["beta", "s1", 0],
      ["beta", "u2", 3],
      ["gamma", "s2", 0],
      ["gamma", "s3", 0],
    ]);
  });

  test("workers with what their current attempts take", async () => {
    const { store } = context;
    await run(store, async (tx) => {
      await tx.workers.put([sampleWorker("w1", { name: "b" }), sampleWorker("w2", { name: "a", online: false })]);
      await tx.attempts.insert([
        sampleAttempt(1, 1, { demand: { cpu: 1_000, memory: 5 } }),
        sampleAttempt(2, 1, { demand: { cpu: 500, gpu: 1 } }),
        sampleAttempt(3, 1, { phase: "ended" }),
        sampleAttempt(4, 1, { workerId: "gone" }),
      ]);
    });
    expect((await store.view.listWorkers()).workers).toEqual([
      { worker: sampleWorker("w2", { name: "a", online: false }), taskIds: [], used: {} },
      { worker: sampleWorker("w1", { name: "b" }), taskIds: [1, 2], used: { cpu: 1_500, memory: 5, gpu: 1 } },
    ]);
  });

  test("an overview of nothing", async () => {
    expect(await context.store.view.overview(0)).toEqual({
      states: { waiting: 0, queued: 0, active: 0, cancelling: 0, paused: 0, succeeded: 0, failed: 0, cancelled: 0 },
      dialects: { tributary: 0, ame: 0, flyte: 0, taskqueue: 0, agent: 0, armonik: 0 },
      failures: [],
      waits: [],
      running: [],
      ended: [],
      position: 0,
    });
  });

  test("an overview counts what is open, and what ended or was created since", async () => {
    const { store } = context;
    await addTasks(store, overviewTasks);
    const overview = await store.view.overview(1_000);
    expect(overview.states).toMatchObject({ waiting: 2, queued: 2, active: 3, succeeded: 1, failed: 3, cancelled: 0 });
    expect(overview.dialects).toMatchObject({ tributary: 10, ame: 1, flyte: 0 });
    expect(overview.failures).toEqual([
      {
        code: "exit-code",
        message: "It exited with 1.",
        count: 2,
        projectNames: ["a", "b"],
        lastAt: 1_500,
        lastTaskId: 10,
      },
      { code: "unknown", message: "No reason was given.", count: 1, projectNames: [], lastAt: 1_200, lastTaskId: 12 },
    ]);
    // What the queued ones give as their reason is why they were tried before.
    expect(overview.waits).toEqual([
      {
        code: "dependency",
        message: "Waits for task 2",
        count: 2,
        projectNames: ["a"],
        lastAt: 1_004,
        lastTaskId: 4,
      },
    ]);
    expect(overview.running.map(({ id }) => id)).toEqual([6, 5, 7]);
    expect(overview.ended.map(({ id }) => id)).toEqual([10, 11, 8, 12]);
    expect(overview).toMatchObject({ oldestQueuedAt: 1_050, oldestWaitingAt: 400, position: overviewTasks.length });
  });

  test("what is queued is told by kind, the most frequent first", async () => {
    const { store } = context;
    expect((await store.view.listQueuedKinds({ limit: 5, counted: 9 })).kinds).toEqual([]);
    const small = { cpu: 1_000, memory: 5 };
    await addTasks(store, [
      sampleTask(1, { demand: { cpu: 64_000 }, projectId: "p", projectName: "a" }),
      sampleTask(2, { demand: small }),
      sampleTask(3, { demand: { memory: 5, cpu: 1_000 }, projectId: "p", projectName: "a" }),
      sampleTask(4, { demand: small, dialect: "ame" }),
      sampleTask(5, { demand: small, state: "waiting" }),
    ]);
    const all = [
      { dialect: "tributary", demand: small, count: 2, more: false, firstTaskId: 2 },
      { dialect: "tributary", demand: { cpu: 64_000 }, count: 1, more: false, firstTaskId: 1 },
      { dialect: "ame", demand: small, count: 1, more: false, firstTaskId: 4 },
    ];
    expect(await store.view.listQueuedKinds({ limit: 3, counted: 9 })).toMatchObject({ kinds: all, more: false });
    const { kinds, more } = await store.view.listQueuedKinds({ limit: 2, counted: 9 });
    expect([kinds.length, more]).toEqual([2, true]);
    // Where counting takes time it stops, and says so.
    const stopped = await store.view.listQueuedKinds({ limit: 3, counted: 3 });
    expect(stopped.kinds.map(({ count }) => count)).toEqual([stopped.kinds[0]?.more ? 1 : 2, 1, 1]);
  });

  test("open tasks are counted by state and dialect", async () => {
    const { store } = context;
    expect((await store.view.countOpenTasks()).oldestQueued).toEqual([]);
    await addTasks(store, overviewTasks);
    const { counts, oldestQueued } = await store.view.countOpenTasks();
    const some = counts.filter(({ count }) => count > 0).map(({ state, dialect, count }) => [state, dialect, count]);
    expect(some.sort()).toEqual([
      ["active", "tributary", 3],
      ["queued", "ame", 1],
      ["queued", "tributary", 1],
      ["waiting", "tributary", 2],
    ]);
    expect(oldestQueued).toEqual([
      { dialect: "tributary", queuedAt: 1_050 },
      { dialect: "ame", queuedAt: 1_900 },
    ]);
  });
}

const noWorker = { code: "no-worker", message: "No worker has a GPU." };
const exited = { code: "exit-code", message: "It exited with 1." };

const waits = { code: "dependency", message: "Waits for task 2" };

const overviewTasks: readonly Task[] = [
  sampleTask(1, { queuedAt: 1_050, reason: noWorker, projectId: "p", projectName: "a" }),
  sampleTask(2, { queuedAt: 1_900, reason: noWorker, createdAt: 100, dialect: "ame" }),
  sampleTask(3, { state: "waiting", createdAt: 500, reason: waits, projectId: "p", projectName: "a" }),
  sampleTask(4, { state: "waiting", createdAt: 400, reason: waits }),
  sampleTask(5, { state: "active", startedAt: 1_200 }),
  sampleTask(6, { state: "active", startedAt: 1_100 }),
  sampleTask(7, { state: "active" }),
  sampleTask(8, { state: "succeeded", endedAt: 1_300 }),
  sampleTask(9, { state: "succeeded", endedAt: 900, createdAt: 800 }),
  sampleTask(10, { state: "failed", endedAt: 1_500, reason: exited, projectId: "p", projectName: "a" }),
  sampleTask(11, { state: "failed", endedAt: 1_400, reason: exited, projectId: "q", projectName: "b" }),
  sampleTask(12, { state: "failed", endedAt: 1_200 }),
];
