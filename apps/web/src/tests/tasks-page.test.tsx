import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { TaskBatchAct } from "@tributary/proto/tributary/v1/task_batches_pb";
import { Dialect, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function threeTasks(): World {
  const world = new World();
  const common = { projectName: "churn", dialect: Dialect.AME };
  const created = (minute: number) => timestampFromMs(Date.UTC(2026, 10, 22, 9, minute));
  world.putTask({ ...common, id: 1, title: "train", state: TaskState.SUCCEEDED, createTime: created(1) });
  world.putTask({ ...common, id: 2, title: "validate", state: TaskState.ACTIVE, createTime: created(2) });
  world.putTask({
    ...common,
    id: 3,
    title: "report",
    dialect: Dialect.FLYTE,
    state: TaskState.FAILED,
    createTime: created(3),
    reason: { code: "exit-code", message: "Exit code 1", hint: "Read the end of its log" },
  });
  return world;
}

async function rowNames(): Promise<readonly string[]> {
  const grid = await screen.findByRole("grid", { name: "Tasks" });
  return within(grid)
    .queryAllByRole("link")
    .map((link) => link.textContent ?? "");
}

test("lists tasks, newest first, with state and reason in the row", async () => {
  openApp("/tasks", threeTasks());
  await screen.findByRole("link", { name: "report" });
  expect(await rowNames()).toEqual(["report", "validate", "train"]);
  const row = screen.getByRole("row", { name: /report/ });
  expect(row.textContent).toContain("Failed");
  expect(row.textContent).toContain("Exit code 1");
  expect(screen.getByRole("link", { name: "report" }).getAttribute("href")).toBe("/tasks/3");
  expect(document.title).toBe("Tasks · Tributary");
});

test("a filter stands in the address, leaves its rows, and can be taken away", async () => {
  const { user, address } = openApp("/tasks", threeTasks());
  await screen.findByRole("link", { name: "report" });
  await user.click(screen.getByRole("button", { name: "Filter" }));
  await user.click(await screen.findByRole("menuitem", { name: "State" }));
  await user.click(await screen.findByRole("checkbox", { name: "failed" }));
  await waitFor(() => expect(address()).toBe("/tasks?state=failed"));
  await waitFor(async () => expect(await rowNames()).toEqual(["report"]));
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: "Remove filter State" }));
  await waitFor(() => expect(address()).toBe("/tasks"));
  await waitFor(async () => expect((await rowNames()).length).toBe(3));
});

test("an address with filters shows them, and ignores what it does not know", async () => {
  const { world } = openApp("/tasks?state=failed,exploded&dialect=flyte&colour=red", threeTasks());
  await screen.findByRole("link", { name: "report" });
  expect(await rowNames()).toEqual(["report"]);
  expect(screen.getByRole("button", { name: /State is failed/ })).toBeDefined();
  expect(requestsOf(world, "listTasks")).toContainEqual(
    expect.objectContaining({
      filter: expect.objectContaining({ states: [TaskState.FAILED], dialects: [Dialect.FLYTE] }),
    }),
  );
});

test("words in the field filter by name; filters written there become chips", async () => {
  const { user, address } = openApp("/tasks", threeTasks());
  const field = await screen.findByRole("textbox", { name: "Filter tasks by name" });
  await user.type(field, "train");
  await waitFor(() => expect(address()).toBe("/tasks?q=train"));
  await waitFor(async () => expect(await rowNames()).toEqual(["train"]));
  await user.clear(field);
  await user.type(field, "state:failed api:flyte{Enter}");
  await waitFor(() => expect(address()).toBe("/tasks?state=failed&dialect=flyte"));
});

test("a change shows in its row, and what is new waits until it is asked for", async () => {
  const { world, user } = openApp("/tasks", threeTasks());
  const row = await screen.findByRole("row", { name: /validate/ });
  expect(row.textContent).toContain("Running");
  await screen.findByText("Live");
  world.putTask({ id: 2, state: TaskState.SUCCEEDED });
  await waitFor(() => expect(screen.getByRole("row", { name: /validate/ }).textContent).toContain("Succeeded"));
  world.putTask({ id: 4, title: "again", createTime: timestampFromMs(Date.UTC(2026, 10, 22, 9, 4)) });
  const fresh = await screen.findByRole("button", { name: "1 new" });
  expect(await rowNames()).toEqual(["report", "validate", "train"]);
  await user.click(fresh);
  await waitFor(async () => expect(await rowNames()).toEqual(["again", "report", "validate", "train"]));
  expect(screen.queryByRole("button", { name: "1 new" })).toBeNull();
});

test("what comes to match a filter counts as new, what does not match is not told", async () => {
  const { world } = openApp("/tasks?state=failed", threeTasks());
  await screen.findByRole("link", { name: "report" });
  await screen.findByText("Live");
  world.putTask({ id: 1, state: TaskState.QUEUED });
  world.putTask({ id: 2, state: TaskState.FAILED });
  await screen.findByRole("button", { name: "1 new" });
  expect(await rowNames()).toEqual(["report"]);
});

test("the reason opens under its row, with the ways out", async () => {
  const world = threeTasks();
  const waiting = { code: "too-big", message: "No worker has 128 GiB of memory", hint: "Ask for less." };
  const { user } = openApp("/tasks", world);
  world.putTask(
    { id: 4, title: "big", state: TaskState.QUEUED, reason: waiting },
    { checks: [{ code: "too-big", message: "local has 16 GiB" }] },
  );
  const reason = await screen.findByRole("button", { name: "No worker has 128 GiB of memory" });
  await user.click(reason);
  expect(await screen.findByText("Ask for less.", { exact: false })).toBeDefined();
  expect(await screen.findByText("local has 16 GiB")).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(requestsOf(world, "cancelTask")).toEqual([expect.objectContaining({ id: 4 })]));
});

test("selected tasks are cancelled together, after a question; those that have ended are left alone", async () => {
  const { world, user } = openApp("/tasks", threeTasks());
  await user.click(await screen.findByRole("checkbox", { name: "Select validate" }));
  await user.click(screen.getByRole("checkbox", { name: "Select report" }));
  const bar = screen.getByRole("toolbar", { name: "Selected rows" });
  await user.click(within(bar).getByRole("button", { name: "Cancel" }));
  const dialog = await screen.findByRole("dialog", { name: "Cancel this task?" });
  expect(requestsOf(world, "createTaskBatch")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Cancel the task" }));
  await waitFor(() =>
    expect(requestsOf(world, "createTaskBatch")).toEqual([
      expect.objectContaining({
        act: TaskBatchAct.CANCEL,
        target: { case: "tasks", value: expect.objectContaining({ ids: [2] }) },
      }),
    ]),
  );
  expect((await screen.findByRole("region", { name: "Acts on many tasks" })).textContent).toContain("Cancelled1 task");
  await waitFor(() => expect(screen.getByRole("row", { name: /validate/ }).textContent).toContain("Cancelling"));
  expect(screen.queryByRole("toolbar", { name: "Selected rows" })).toBeNull();
});

test("more rows come as the end comes near", async () => {
  const world = new World();
  for (let id = 1; id <= 130; id += 1)
    world.putTask({ id, title: `task ${id}`, createTime: timestampFromMs(id * 1000) });
  const { user } = openApp("/tasks", world);
  const grid = await screen.findByRole("grid", { name: "Tasks" });
  await screen.findByRole("link", { name: "task 130" });
  grid.focus();
  await user.keyboard("{End}");
  await waitFor(() =>
    expect(requestsOf(world, "listTasks")).toContainEqual(expect.objectContaining({ pageToken: "31" })),
  );
});

test("a failed read says so and can be repeated", async () => {
  const world = threeTasks();
  world.failing.set("listTasks", new ConnectError("the store is being moved", Code.FailedPrecondition));
  const { user } = openApp("/tasks", world);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("The store is being moved.");
  world.failing.clear();
  await user.click(within(alert).getByRole("button", { name: "Try again" }));
  await screen.findByRole("link", { name: "report" });
});

test("an empty list teaches how to fill it", async () => {
  const { user } = openApp("/tasks");
  await screen.findByRole("heading", { name: "Nothing has run yet" });
  expect(screen.getByRole("group", { name: "Command" }).textContent).toContain("/taskqueue.TaskQueue/SubmitTask");
  await user.click(screen.getByRole("button", { name: "Filter" }));
  await user.click(await screen.findByRole("menuitem", { name: "State" }));
  await user.click(await screen.findByRole("checkbox", { name: "failed" }));
  await screen.findByRole("heading", { name: "No task matches" });
});

test("what is typed wrongly is said, and changes nothing", async () => {
  const { user, address } = openApp("/tasks", threeTasks());
  const field = await screen.findByRole("textbox", { name: "Filter tasks by name" });
  await user.type(field, "stat:failed{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("There is no filter stat. There are state,");
  await user.clear(field);
  await user.type(field, "state:broken{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("state: cannot be “broken”");
  await user.clear(field);
  await user.type(field, 'reason:"exit code" longer:1h 30m{Enter}');
  await waitFor(() => expect(address()).toBe("/tasks?q=30m&reason=exit+code&longer=1h"));
});

test("columns are chosen, stand in the address, and are kept for the next visit", async () => {
  const { user, address } = openApp("/tasks", threeTasks());
  await user.click(await screen.findByRole("button", { name: "Columns" }));
  await user.click(await screen.findByRole("checkbox", { name: "Exit" }));
  await user.click(screen.getByRole("checkbox", { name: "API" }));
  await waitFor(() => expect(address()).toBe("/tasks?cols=state,project,created,duration,worker,exit,try"));
  expect(localStorage.getItem("tasks.columns")).toBe("state,project,created,duration,worker,exit,try");
  await user.click(screen.getByRole("button", { name: "As usual" }));
  await waitFor(() => expect(address()).toBe("/tasks"));
  expect(localStorage.getItem("tasks.columns")).toBeNull();
});

test("a view is saved for everybody, tells when it was changed, and is changed and deleted", async () => {
  const { world, user, address } = openApp("/tasks?state=failed&dialect=flyte", threeTasks());
  await user.click(await screen.findByRole("button", { name: "Save view" }));
  const dialog = await screen.findByRole("dialog", { name: "Save what the list shows as a view" });
  await user.type(within(dialog).getByRole("textbox", { name: "Name of the view" }), "Broken flows{Enter}");
  const link = await screen.findByRole("link", { name: "Broken flows" });
  await waitFor(() => expect(address()).toBe("/tasks?state=failed&dialect=flyte&view=view-1"));
  expect(link.getAttribute("aria-current")).toBe("page");
  expect([...world.savedViews.values()]).toMatchObject([{ query: "state=failed&dialect=flyte", page: "tasks" }]);

  await user.click(screen.getByRole("button", { name: "Remove filter API" }));
  await screen.findByRole("img", { name: "Changed and not saved" });
  await user.click(screen.getByRole("button", { name: "Save changes" }));
  await waitFor(() => expect([...world.savedViews.values()]).toMatchObject([{ query: "state=failed" }]));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Save changes" })).toBeNull());

  await user.click(screen.getByRole("button", { name: "View Broken flows" }));
  await user.click(await screen.findByRole("menuitem", { name: "Delete" }));
  await user.click(await screen.findByRole("button", { name: "Delete the view" }));
  await waitFor(() => expect(screen.queryByRole("link", { name: "Broken flows" })).toBeNull());
  await waitFor(() => expect(address()).toBe("/tasks?state=failed"));
});

test("selected tasks that have ended are run again together with changes", async () => {
  const world = new World();
  for (const title of ["first", "second"]) world.putTask({ title, state: TaskState.FAILED });
  const { user } = openApp("/tasks", world);
  await user.click(await screen.findByRole("checkbox", { name: "Select all rows" }));
  await user.click(screen.getByRole("button", { name: "Run again with changes…" }));
  const dialog = await screen.findByRole("dialog", { name: "Run 2 tasks again with changes?" });
  await user.click(within(dialog).getByRole("button", { name: "Run 2 tasks again" }));
  await within(dialog).findByText("Say what is to be otherwise, or run them again as they are.");
  expect(requestsOf(world, "createTaskBatch")).toEqual([]);
  await user.click(within(dialog).getByRole("button", { name: "Add a resource" }));
  await user.type(within(dialog).getByRole("textbox", { name: "Name 1" }), "memory");
  await user.type(within(dialog).getByRole("textbox", { name: "Value of memory" }), "8Gi");
  await user.type(within(dialog).getByRole("textbox", { name: /Time limit/ }), "1h");
  await user.click(within(dialog).getByRole("button", { name: "Run 2 tasks again" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(requestsOf(world, "createTaskBatch")).toMatchObject([
    {
      act: TaskBatchAct.RETRY,
      changes: { resources: { memory: "8Gi" }, variables: [], timeLimit: { seconds: 3600n } },
    },
  ]);
});

test("all that match are meant when all that are loaded are selected, and refusals are told", async () => {
  const world = new World();
  for (let id = 1; id <= 130; id += 1)
    world.putTask({ id, title: `task ${id}`, createTime: timestampFromMs(id * 1000) });
  const { user } = openApp("/tasks?q=task", world);
  await screen.findByRole("link", { name: "task 130" });
  await user.click(screen.getByRole("checkbox", { name: "Select all rows" }));
  await user.click(await screen.findByRole("button", { name: "Select all 130 that match" }));
  const bar = screen.getByRole("toolbar", { name: "Selected rows" });
  expect(bar.textContent).toContain("All 130 that match");
  world.putTask({ id: 7, state: TaskState.SUCCEEDED });
  await user.click(within(bar).getByRole("button", { name: "Cancel" }));
  await user.click(await screen.findByRole("button", { name: "Cancel 130 tasks" }));
  const notes = await screen.findByRole("region", { name: "Acts on many tasks" });
  expect(requestsOf(world, "createTaskBatch")).toMatchObject([{ target: { case: "filter", value: { text: "task" } } }]);
  await user.click(within(notes).getByRole("button", { name: "Why" }));
  expect((await screen.findByRole("dialog")).textContent).toContain("task 7 has ended already");
});

test("j and k walk the rows, x selects, enter opens", async () => {
  const { user, address } = openApp("/tasks", threeTasks());
  await screen.findByRole("link", { name: "report" });
  screen.getByRole("grid", { name: "Tasks" }).focus();
  await user.keyboard("jjkx");
  expect(screen.getByRole("toolbar", { name: "Selected rows" }).textContent).toContain("1 selected");
  expect(screen.getByRole("row", { name: /report/ }).getAttribute("aria-selected")).toBe("true");
  await user.keyboard("j{Enter}");
  await waitFor(() => expect(address()).toBe("/tasks/2"));
});
