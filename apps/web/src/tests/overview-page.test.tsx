import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, waitFor, within } from "@testing-library/react";
import { Dialect, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function day(): World {
  const world = new World();
  const ago = (minutes: number) => timestampFromMs(Date.now() - minutes * 60_000);
  world.putTask({
    id: 1,
    title: "train",
    dialect: Dialect.AME,
    state: TaskState.ACTIVE,
    startTime: ago(20),
    createTime: ago(21),
  });
  world.putTask({
    id: 2,
    title: "report",
    dialect: Dialect.FLYTE,
    state: TaskState.FAILED,
    startTime: ago(40),
    endTime: ago(30),
    reason: { code: "exit-code", message: "Exit code 1" },
  });
  world.putTask({
    id: 3,
    title: "wait",
    state: TaskState.QUEUED,
    createTime: ago(14),
    reason: { code: "busy", message: "All slots are taken" },
  });
  world.putWorker({ id: "w", name: "local", online: true, slots: 2, slotsUsed: 1 });
  return world;
}

test("says in a sentence what is going on", async () => {
  openApp("/", day());
  await screen.findByRole("heading", { level: 1, name: "1 running, 1 failed since yesterday" });
  expect(screen.getByRole("link", { name: /One task waits, for 14 min now/ })).toBeDefined();
  expect(document.title).toBe("1 failed · Overview · Tributary");
});

test("everything leads to its list", async () => {
  openApp("/", day());
  const flow = await screen.findByRole("region", { name: "Flow of tasks" });
  expect(within(flow).getByRole("link", { name: /Flyte/ }).getAttribute("href")).toBe("/tasks?dialect=flyte&since=24h");
  expect(
    within(flow)
      .getByRole("link", { name: /Failed/ })
      .getAttribute("href"),
  ).toBe("/tasks?state=failed&since=24h");
  expect(screen.getByRole("link", { name: /Exit code 1/ }).getAttribute("href")).toBe("/tasks/2");
  expect(screen.getByRole("link", { name: "train" }).getAttribute("href")).toBe("/tasks/1");
  expect(screen.getByRole("link", { name: "All slots are taken" }).getAttribute("href")).toBe("/tasks/3");
  expect(screen.getByRole("listbox", { name: /Duration against end time of 1 tasks, 1 of them failed/ })).toBeDefined();
});

test("how far it looks back stands in the address", async () => {
  const { world, user, address } = openApp("/", day());
  await user.click(await screen.findByRole("button", { name: "1 h" }));
  await waitFor(() => expect(address()).toBe("/?since=1h"));
  await screen.findByRole("heading", { level: 1, name: "1 running, 1 failed in the last hour" });
  expect(requestsOf(world, "getOverview")).toContainEqual(expect.objectContaining({ hours: 1 }));
});

test("follows what happens", async () => {
  const { world } = openApp("/", day());
  await screen.findByRole("heading", { level: 1, name: /^1 running/ });
  await screen.findByText("Live");
  world.putTask({ id: 1, state: TaskState.SUCCEEDED, endTime: timestampFromMs(Date.now()) });
  await screen.findByRole("heading", { level: 1, name: "Nothing running, 1 failed since yesterday" });
});

test("a new server teaches the first step", async () => {
  openApp("/");
  await screen.findByRole("heading", { name: "Run the first task" });
  expect(screen.getAllByRole("link", { name: "Add a source" }).length).toBeGreaterThan(0);
});
