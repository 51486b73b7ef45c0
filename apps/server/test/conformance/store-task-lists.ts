import { expect, test } from "vitest";
import type { TaskOrder, TaskPage } from "#core/ports/view.ts";
import type { Task, TaskState } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleSpec, sampleTask } from "./store-samples.ts";

const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

/** Tasks of many kinds, with times and titles that several share. */
function variety(count: number): Task[] {
  const states: TaskState[] = ["queued", "active", "succeeded", "failed", "waiting", "cancelled", "paused"];
  return Array.from({ length: count }, (_, n) => {
    const id = n + 1;
    const state = states[n % states.length]!;
    const ended = state === "succeeded" || state === "failed" || state === "cancelled";
    return sampleTask(id, {
      state,
      dialect: n % 4 === 0 ? "ame" : "tributary",
      title: `Title ${n % 5}`,
      projectId: n % 3 === 0 ? "p1" : "",
      projectName: n % 3 === 0 ? "demo" : "",
      createdAt: 1_000 + Math.floor(n / 3),
      creator: n % 6 === 0 ? "Ana" : "bob",
      ...((ended || state === "active") && { startedAt: 1_900 + (n % 13), workerId: `w${n % 3}` }),
      ...(ended && { endedAt: 2_000 + (n % 11) }),
      ...(n % 5 < 3 && { labels: { team: n % 5 === 0 ? "vision" : "text", "a.b/c": `${n % 2}` } }),
      ...(state === "failed" && { reason: { code: "exit-code", message: `Exit code ${n % 4}` } }),
    });
  });
}

const compare = (a: string | number, b: string | number) => (a < b ? -1 : Number(a > b));
const orders: Readonly<Record<TaskOrder, (a: Task, b: Task) => number>> = {
  "created-desc": (a, b) => b.createdAt - a.createdAt || b.id - a.id,
  "created-asc": (a, b) => a.createdAt - b.createdAt || a.id - b.id,
  "ended-desc": (a, b) =>
    (b.endedAt ?? -1) - (a.endedAt ?? -1) || (a.endedAt ? 0 : b.createdAt - a.createdAt) || b.id - a.id,
  "title-asc": (a, b) => compare(a.title, b.title) || a.id - b.id,
  "title-desc": (a, b) => compare(b.title, a.title) || b.id - a.id,
};

const filters: readonly (readonly [TaskFilter, (task: Task) => boolean])[] = [
  [{}, () => true],
  [{ states: ["failed"] }, ({ state }) => state === "failed"],
  [{ states: ["queued", "failed", "active"] }, ({ state }) => ["queued", "failed", "active"].includes(state)],
  [{ states: [] }, () => false],
  [{ dialects: ["ame"] }, ({ dialect }) => dialect === "ame"],
  [{ dialects: ["ame", "tributary"], states: ["waiting"] }, ({ state }) => state === "waiting"],
  [{ projectId: "p1" }, ({ projectId }) => projectId === "p1"],
  [{ projectId: "" }, ({ projectId }) => projectId === ""],
  [
    { projectName: "demo", states: ["succeeded", "paused"] },
    (task) => task.projectName === "demo" && (task.state === "succeeded" || task.state === "paused"),
  ],
  [{ text: "TITLE 3" }, ({ title }) => title === "Title 3"],
  [{ text: "k-1" }, ({ name }) => name.startsWith("task-1")],
  [{ createdAfter: 1_004, createdBefore: 1_009 }, ({ createdAt }) => createdAt > 1_004 && createdAt < 1_009],
  [{ title: "title 3" }, ({ title }) => title === "Title 3"],
  [{ title: "Title" }, () => false],
  [{ creator: "Ana", states: ["queued"] }, ({ creator, state }) => creator === "Ana" && state === "queued"],
  [{ creator: "ana" }, () => false],
  [{ workerIds: ["w1", "nobody"] }, ({ workerId }) => workerId === "w1"],
  [{ workerIds: [] }, () => false],
  [{ reason: "exit CODE 3" }, ({ reason }) => reason?.message === "Exit code 3"],
  [{ endedAfter: 2_002, endedBefore: 2_008 }, ({ endedAt = 0 }) => endedAt > 2_002 && endedAt < 2_008],
  [{ endedAfter: 2_004 }, ({ endedAt = 0 }) => endedAt > 2_004],
  [{ endedBefore: 2_004 }, ({ endedAt = 9_999 }) => endedAt < 2_004],
  [
    { endedAfter: 2_001, endedBefore: 2_009, states: ["failed", "queued"], createdAfter: 1_004 },
    ({ endedAt = 0, state, createdAt }) =>
      endedAt > 2_001 && endedAt < 2_009 && state === "failed" && createdAt > 1_004,
  ],
  [
    { endedAfter: 2_001, endedBefore: 2_009, ran: { atLeast: 100, atMost: 105, now: 2_500 } },
    (task) =>
      (task.endedAt ?? 0) > 2_001 && (task.endedAt ?? 9_999) < 2_009 && ranFor(task) >= 100 && ranFor(task) <= 105,
  ],
  [{ ran: { atLeast: 100, now: 2_500 } }, (task) => ranFor(task) >= 100],
  [{ ran: { atMost: 99, now: 2_500 }, title: "title 2" }, (task) => ranFor(task) <= 99 && task.title === "Title 2"],
  [{ labels: ["team=vision"] }, ({ labels }) => labels?.team === "vision"],
  [{ labels: ["team"] }, ({ labels }) => labels !== undefined],
  [{ labels: ["team=vis"] }, () => false],
  [
    { labels: ["a.b/c=1", "team=text"], states: ["failed", "queued"], createdAfter: 1_003, createdBefore: 1_015 },
    ({ labels, state, createdAt }) =>
      labels?.team === "text" &&
      labels["a.b/c"] === "1" &&
      (state === "failed" || state === "queued") &&
      createdAt > 1_003 &&
      createdAt < 1_015,
  ],
  [{ labels: ["team"], title: "title 1" }, ({ labels, title }) => labels !== undefined && title === "Title 1"],
  [{ ran: { atLeast: 590, atMost: 595, now: 2_500 } }, (task) => ranFor(task) >= 590 && ranFor(task) <= 595],
];

/** Until 2,500 when it still runs; nothing is at most or at least what is not a number. */
function ranFor({ startedAt = Number.NaN, endedAt = 2_500 }: Task): number {
  return endedAt - startedAt;
}

const manyFilters: typeof filters = [
  [{}, () => true],
  [{ states: ["queued", "failed", "active"] }, ({ state }) => ["queued", "failed", "active"].includes(state)],
  [{ dialects: ["tributary"] }, ({ dialect }) => dialect === "tributary"],
  [{ projectId: "p1" }, ({ projectId }) => projectId === "p1"],
  [
    { projectName: "", states: ["queued", "waiting", "succeeded", "paused"] },
    ({ projectName, state }) => projectName === "" && ["queued", "waiting", "succeeded", "paused"].includes(state),
  ],
  [{ text: "title", createdAfter: 1_100 }, ({ createdAt }) => createdAt > 1_100],
  [{ creator: "bob" }, ({ creator }) => creator === "bob"],
  [{ endedAfter: 2_000 }, ({ endedAt = 0 }) => endedAt > 2_000],
  [
    { endedBefore: 2_011, states: ["failed", "succeeded", "cancelled", "queued"] },
    ({ endedAt = 9_999 }) => endedAt < 2_011,
  ],
  [{ labels: ["team"] }, ({ labels }) => labels !== undefined],
  [
    { labels: ["team", "a.b/c=1"], createdAfter: 1_050, projectNames: ["demo", ""] },
    ({ labels, createdAt }) => labels?.["a.b/c"] === "1" && createdAt > 1_050,
  ],
];

export function taskListTests(context: StoreContext): void {
  const pages = async (filter: TaskFilter, order: TaskOrder, limit: number): Promise<TaskPage[]> => {
    const all: TaskPage[] = [];
    let page: TaskPage | undefined;
    do {
      page = await context.store.view.listTasks({ filter, order, limit, ...(page?.next && { after: page.next }) });
      all.push(page);
    } while (page.next);
    return all;
  };

  test("every filter in every order, page by page, is the whole list without gap or repeat", async () => {
    const tasks = variety(60);
    await addTasks(context.store, tasks);
    for (const order of Object.keys(orders) as TaskOrder[]) {
      for (const [filter, matches] of filters) {
        const expected = tasks.filter(matches).sort(orders[order]);
        const listed = await pages(filter, order, 7);
        expect(
          listed.flatMap((page) => page.tasks),
          `${order} ${JSON.stringify(filter)}`,
        ).toEqual(expected);
        expect(listed).toHaveLength(Math.max(1, Math.ceil(expected.length / 7)));
        for (const page of listed) {
          expect(page).toMatchObject({ total: expected.length, totalIsMinimum: false, position: 60 });
        }
      }
    }
  });

  test("the same among thousands, which are found in another way", { timeout: 60_000 }, async () => {
    const tasks = variety(11_000);
    for (let from = 0; from < tasks.length; from += 1_000)
      await addTasks(context.store, tasks.slice(from, from + 1_000));
    for (const order of Object.keys(orders) as TaskOrder[]) {
      for (const [filter, matches] of manyFilters) {
        const expected = ids(tasks.filter(matches).sort(orders[order]));
        const listed = await pages(filter, order, 1_999);
        expect(expected.length).toBeGreaterThan(3_000);
        expect(ids(listed.flatMap((page) => page.tasks)), `${order} ${JSON.stringify(filter)}`).toEqual(expected);
        expect(listed[0]!.total).toBe(Math.min(expected.length, 10_000));
      }
    }
  });

  test("pages that are asked for at once, among thousands, are those that come one after another", async () => {
    for (let from = 0; from < 8_000; from += 1_000)
      await addTasks(context.store, variety(8_000).slice(from, from + 1_000));
    for (const filter of [{}, { states: ["queued", "failed", "active"] }] satisfies TaskFilter[]) {
      const listed = await pages(filter, "created-desc", 150);
      const again = await Promise.all(
        listed
          .slice(0, -1)
          .map(({ next }) => context.store.view.listTasks({ filter, order: "created-desc", limit: 150, after: next! })),
      );
      expect(again.length).toBeGreaterThan(20);
      expect(again).toEqual(listed.slice(1));
    }
  });

  test("the last page has no next, even when it is full", async () => {
    await addTasks(context.store, variety(14));
    const listed = await pages({}, "created-asc", 7);
    expect(listed.map(({ tasks }) => tasks.length)).toEqual([7, 7]);
  });

  test("a page goes on where it was, although tasks are added", async () => {
    await addTasks(context.store, variety(10));
    const first = await context.store.view.listTasks({ filter: {}, order: "created-desc", limit: 4 });
    await addTasks(context.store, [sampleTask(99, { createdAt: 9_999 })]);
    const second = await context.store.view.listTasks({
      filter: {},
      order: "created-desc",
      limit: 100,
      after: first.next!,
    });
    expect([...ids(first.tasks), ...ids(second.tasks)]).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test("later pages have the count of the first, until the journal has gone on by far", async () => {
    const { store } = context;
    await addTasks(store, variety(10));
    const ask = { filter: {}, order: "created-desc", limit: 4 } as const;
    const first = await store.view.listTasks(ask);
    await addTasks(store, [sampleTask(99, { createdAt: 1 })]);
    const second = await store.view.listTasks({ ...ask, after: first.next! });
    expect([first.total, second.total]).toEqual([10, 10]);
    const third = await store.view.listTasks({ ...ask, limit: 2, after: second.next! });
    expect(third).toMatchObject({ total: 10, next: { counted: first.next!.counted! } });
    for (const position of [first.position - 10_001, first.position + 10_003]) {
      const after = { ...first.next!, counted: { total: 10, position } };
      expect(await store.view.listTasks({ ...ask, after })).toMatchObject({ total: 11 });
    }
    const { counted: _, ...before } = first.next!;
    expect(await store.view.listTasks({ ...ask, after: before })).toMatchObject({ total: 11 });
  });

  test("text is found in title and name as it stands, in any case, and quotes nothing", async () => {
    await addTasks(context.store, [
      sampleTask(1, { title: "100% sure", name: "a_b" }),
      sampleTask(2, { title: "1000 times", name: "axb" }),
      sampleTask(3, { title: "ÉTÉ à Paris", name: "c\\d" }),
      sampleTask(4, { title: "it's", name: "x" }),
    ]);
    const find = async (text: string) =>
      ids((await context.store.view.listTasks({ filter: { text }, order: "created-asc", limit: 10 })).tasks);
    expect(await find("100%")).toEqual([1]);
    expect(await find("%")).toEqual([1]);
    expect(await find("a_b")).toEqual([1]);
    expect(await find("A_B")).toEqual([1]);
    expect(await find("été")).toEqual([3]);
    expect(await find("c\\d")).toEqual([3]);
    expect(await find("it's")).toEqual([4]);
    expect(await find("")).toEqual([1, 2, 3, 4]);
  });

  test("titles sort in any case", async () => {
    await addTasks(context.store, [
      sampleTask(1, { title: "b" }),
      sampleTask(2, { title: "A" }),
      sampleTask(3, { title: "C" }),
      sampleTask(4, { title: "a" }),
    ]);
    const listed = await pages({}, "title-asc", 1);
    expect(ids(listed.flatMap(({ tasks }) => tasks))).toEqual([2, 4, 1, 3]);
  });

  test("counting stops at 10,000", { timeout: 60_000 }, async () => {
    const add = (first: number, count: number) =>
      addTasks(
        context.store,
        Array.from({ length: count }, (_, n) => sampleTask(first + n, { demand: {} })),
      );
    for (let n = 0; n < 5; n += 1) await add(1 + n * 2_000, 2_000);
    const ask = { filter: { states: ["queued"] as TaskState[] }, order: "created-desc" as const, limit: 1 };
    expect(await context.store.view.listTasks(ask)).toMatchObject({ total: 10_000, totalIsMinimum: false });
    await add(10_001, 1);
    expect(await context.store.view.listTasks(ask)).toMatchObject({ total: 10_000, totalIsMinimum: true });
  });

  test("a dialect's newest and all its open tasks, by id", async () => {
    const ended = (id: number) => sampleTask(id, { state: "succeeded", endedAt: 5 });
    await addTasks(context.store, [
      sampleTask(1, { state: "waiting" }),
      ended(2),
      ended(3),
      sampleTask(4, { dialect: "ame" }),
      ended(5),
      sampleTask(6),
    ]);
    const { view } = context.store;
    expect(ids(await view.listNewest("tributary", 2))).toEqual([1, 5, 6]);
    expect(ids(await view.listNewest("tributary", 9))).toEqual([1, 2, 3, 5, 6]);
    expect(ids(await view.listNewest("ame", 1))).toEqual([4]);
    expect(await view.listNewest("flyte", 1)).toEqual([]);
  });

  test("a dialect's tasks in some states, by id", async () => {
    await addTasks(context.store, variety(28));
    const { view } = context.store;
    const expected = variety(28).filter(({ dialect }) => dialect === "tributary");
    const list = (states: readonly TaskState[] | undefined, after: number, limit: number) =>
      view.listCommands({ dialect: "tributary", after, limit, ...(states && { states }) });
    const all = await list(undefined, 0, 100);
    expect(all.map(({ id, state, phase }) => [id, state, phase])).toEqual(
      expected.map(({ id, state, phase }) => [id, state, phase]),
    );
    const listed = async (...asked: Parameters<typeof list>) => (await list(...asked)).map(({ id }) => id);
    expect(await listed(undefined, 0, 3)).toEqual(ids(expected).slice(0, 3));
    expect(await listed(undefined, ids(expected)[2]!, 3)).toEqual(ids(expected).slice(3, 6));
    for (const states of [["failed", "active"], ["queued"], ["queued", "waiting"]] as const) {
      const some = ids(expected.filter(({ state }) => (states as readonly TaskState[]).includes(state)));
      expect(await listed(states, 0, 100)).toEqual(some);
      // The next page is found in another way.
      expect(await listed(states, some[0] ?? 0, 100)).toEqual(some.slice(1));
    }
    expect(await listed([], 0, 100)).toEqual([]);
  });

  test("what tasks run is told with them", async () => {
    const commands = [
      { ...sampleSpec, command: { kind: "shell" as const, script: "echo 'é'" } },
      { ...sampleSpec, command: { kind: "argv" as const, argv: ["a"] } },
      { ...sampleSpec, environment: { kind: "image" as const, image: "debian:12" } },
    ];
    await run(context.store, (tx) =>
      tx.tasks.insert(commands.map((spec, index) => ({ task: sampleTask(index + 1, { dialect: "taskqueue" }), spec }))),
    );
    const told = await context.store.view.listCommands({ dialect: "taskqueue", after: 0, limit: 9 });
    expect(told.map(({ script, image }) => [script, image])).toEqual([
      ["echo 'é'", undefined],
      ["", undefined],
      [sampleSpec.command.kind === "shell" ? sampleSpec.command.script : "", "debian:12"],
    ]);
  });

  test("tasks by their ids, in the order of the ids, those that exist", async () => {
    await addTasks(context.store, variety(3));
    expect(ids(await context.store.view.getTasks([3, 9, 1]))).toEqual([3, 1]);
    expect(await context.store.view.getTasks([])).toEqual([]);
    const many = Array.from({ length: 40_000 }, (_, n) => n + 1);
    expect(ids(await context.store.view.getTasks(many))).toEqual([1, 2, 3]);
  });
}
