import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { createInfiniteQueryOptions, createQueryOptions } from "@connectrpc/connect-query";
import { InfiniteQueryObserver, QueryObserver } from "@tanstack/react-query";
import { waitFor } from "@testing-library/react";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { createQueryClient } from "#api/query-client.ts";
import { type Live, startLive } from "#api/watch/live.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Milliseconds between two readings of the same answer, at least. */
const every = 30;

/** A tab with a watch over a world with tasks 1 to 3. */
function openTab(world: World, options: { readonly silence?: number } = {}) {
  for (const id of [1, 2, 3]) world.putTask({ id, title: `t${id}`, createTime: timestampFromMs(id * 1000) });
  const client = createQueryClient();
  const transport = worldTransport(world);
  const live = startLive({ client, transport, gather: 1, every, ...options });
  ends.push(live.stop, () => client.clear());
  return { client, transport, live };
}

type Tab = ReturnType<typeof openTab>;

function showTask({ client, transport }: Tab, id: number) {
  const observer = new QueryObserver(client, {
    ...createQueryOptions(TaskService.method.getTask, { id }, { transport }),
    retry: false,
  });
  ends.push(observer.subscribe(() => {}));
  return () => observer.getCurrentResult().data;
}

function showTasks({ client, transport }: Tab) {
  const options = createInfiniteQueryOptions(
    TaskService.method.listTasks,
    { pageSize: 2, pageToken: "" },
    { transport, pageParamKey: "pageToken", getNextPageParam: (page) => page.nextPageToken || undefined },
  );
  const observer = new InfiniteQueryObserver(client, options);
  ends.push(observer.subscribe(() => {}));
  return () => observer.getCurrentResult().data?.pages.flatMap((page) => page.tasks);
}

function calls(world: World, method: string): number {
  return world.calls.filter((call) => call.method === method).length;
}

async function isLive(live: Live) {
  await waitFor(() => expect(live.connection()).toBe("live"));
}

test("a change shows in the list, in its place, and in the task", async () => {
  const world = new World();
  const tab = openTab(world);
  const rows = showTasks(tab);
  const task = showTask(tab, 2);
  await isLive(tab.live);
  await waitFor(() => expect(rows()?.map((row) => row.id)).toEqual([3, 2]));
  await waitFor(() => expect(task()?.task?.state).toBe(TaskState.QUEUED));

  world.putTask({ id: 2, state: TaskState.ACTIVE, attempt: 1 });
  await waitFor(() => expect(task()?.task?.state).toBe(TaskState.ACTIVE));
  expect(rows()?.map((row) => [row.id, row.state])).toEqual([
    [3, TaskState.QUEUED],
    [2, TaskState.ACTIVE],
  ]);
});

test("a task that moved is read again, for its attempts", async () => {
  const world = new World();
  const tab = openTab(world);
  const task = showTask(tab, 2);
  await isLive(tab.live);
  await waitFor(() => expect(task()).toBeDefined());
  world.putTask({ id: 2, state: TaskState.ACTIVE, attempt: 1 }, { attempts: [{ number: 1 }] });
  await waitFor(() => expect(task()?.attempts.length).toBe(1));
});

test("new tasks are told and not put into the list", async () => {
  const world = new World();
  const tab = openTab(world);
  const rows = showTasks(tab);
  const told: number[] = [];
  tab.live.onChange((change) => told.push(...change.tasks.keys()));
  await isLive(tab.live);
  await waitFor(() => expect(rows()?.length).toBe(2));
  world.putTask({ id: 4 });
  await waitFor(() => expect(told).toEqual([4]));
  expect(rows()?.map((row) => row.id)).toEqual([3, 2]);
});

test("an answer that arrives after a newer change does not undo it", async () => {
  const world = new World();
  const tab = openTab(world);
  const other = showTask(tab, 1);
  await isLive(tab.live);
  await waitFor(() => expect(other()).toBeDefined());
  // the answer is made now and held back on its way
  const transport = worldTransport(world);
  let deliver = () => {};
  let made = false;
  const held = new Promise<void>((resolve) => {
    deliver = resolve;
  });
  const slow: typeof transport = {
    ...transport,
    unary: async (...call) => {
      const answer = await transport.unary(...call);
      made = true;
      await held;
      return answer;
    },
  };
  const task = showTask({ ...tab, transport: slow }, 2);
  await waitFor(() => expect(made).toBe(true));
  world.failing.set("getTask", new ConnectError("not now", Code.Unavailable));
  const told = new Promise<void>((resolve) => {
    tab.live.onChange(() => resolve());
  });
  world.putTask({ id: 2, state: TaskState.FAILED });
  await told;
  deliver();
  await waitFor(() => expect(task()?.task?.state).toBe(TaskState.FAILED));
});

test("what changed between a read and the start of the watch is read once more", async () => {
  const world = new World();
  world.putTask({ id: 2 });
  const client = createQueryClient();
  const transport = worldTransport(world);
  const observer = new QueryObserver(client, createQueryOptions(TaskService.method.getTask, { id: 2 }, { transport }));
  ends.push(observer.subscribe(() => {}));
  await waitFor(() => expect(observer.getCurrentResult().data?.task?.state).toBe(TaskState.QUEUED));
  world.putTask({ id: 2, state: TaskState.SUCCEEDED });
  ends.push(startLive({ client, transport, gather: 1 }).stop);
  await waitFor(() => expect(observer.getCurrentResult().data?.task?.state).toBe(TaskState.SUCCEEDED));
});

test("a lost connection goes on where it was, and says so meanwhile", async () => {
  const world = new World();
  const tab = openTab(world);
  const task = showTask(tab, 2);
  await isLive(tab.live);
  await waitFor(() => expect(task()).toBeDefined());
  const states: string[] = [];
  tab.live.onConnection(() => states.push(tab.live.connection()));
  world.cut();
  world.putTask({ id: 2, state: TaskState.FAILED });
  await waitFor(() => expect(states).toEqual(["connecting", "live"]));
  await waitFor(() => expect(task()?.task?.state).toBe(TaskState.FAILED));
});

test("a silent connection is made again", async () => {
  const world = new World();
  const tab = openTab(world, { silence: 60 });
  const states: string[] = [];
  tab.live.onConnection(() => states.push(tab.live.connection()));
  await waitFor(() => expect(states.slice(0, 3)).toEqual(["live", "connecting", "live"]));
});

test("a server that does not answer counts as offline after some tries", async () => {
  const world = new World();
  world.failing.set("watch", new ConnectError("gone", Code.Unavailable));
  const tab = openTab(world);
  await waitFor(() => expect(tab.live.connection()).toBe("offline"));
  world.failing.clear();
  await waitFor(() => expect(tab.live.connection()).toBe("live"));
});

test("a reset reads everything again", async () => {
  const world = new World();
  const tab = openTab(world);
  const rows = showTasks(tab);
  await isLive(tab.live);
  await waitFor(() => expect(rows()?.length).toBe(2));
  const before = calls(world, "listTasks");
  world.tell({ reset: true });
  await waitFor(() => expect(calls(world, "listTasks")).toBeGreaterThan(before));
});

test("many changes read the overview at most once an interval", async () => {
  const world = new World();
  const { client, transport, live } = openTab(world);
  const observer = new QueryObserver(
    client,
    createQueryOptions(OverviewService.method.getOverview, { hours: 24 }, { transport }),
  );
  ends.push(observer.subscribe(() => {}));
  await isLive(live);
  await waitFor(() => expect(observer.getCurrentResult().data).toBeDefined());
  const [before, began] = [calls(world, "getOverview"), performance.now()];
  for (let turn = 0; turn < 20; turn += 1) {
    world.putTask({ id: 2, attempt: turn + 1, state: TaskState.ACTIVE });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await waitFor(() => expect(observer.getCurrentResult().data?.running[0]?.attempt).toBe(20));
  const intervals = (performance.now() - began) / every;
  // The first is read at once, and a timer may be a millisecond early.
  expect(calls(world, "getOverview") - before).toBeLessThanOrEqual(Math.ceil(intervals * 1.1) + 1);
});

test("sources change, come and go", async () => {
  const world = new World();
  world.putSource({ id: "b", settings: { repository: "https://git.test/b" } });
  const { client, transport, live } = openTab(world);
  const observer = new QueryObserver(client, createQueryOptions(SourceService.method.listSources, {}, { transport }));
  ends.push(observer.subscribe(() => {}));
  const states = () => observer.getCurrentResult().data?.sources.map((source) => [source.id, source.state]);
  await isLive(live);
  await waitFor(() => expect(states()?.length).toBe(1));
  world.putSource({ id: "a", settings: { repository: "https://git.test/a" }, state: SourceState.PENDING });
  world.putSource({ id: "b", state: SourceState.ERROR });
  await waitFor(() =>
    expect(states()).toEqual([
      ["a", SourceState.PENDING],
      ["b", SourceState.ERROR],
    ]),
  );
  world.deleteSource("b");
  await waitFor(() => expect(states()).toEqual([["a", SourceState.PENDING]]));
});
