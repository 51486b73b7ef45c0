import { Code, ConnectError } from "@connectrpc/connect";
import { screen, waitFor, within } from "@testing-library/react";
import { SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";

import { sampleWorld } from "#api/fixtures/sample-world.ts";
import { World } from "#api/fixtures/world.ts";
import { openApp } from "./open-app.tsx";

test("an address that leads nowhere says so", async () => {
  openApp("/nowhere");
  await screen.findByRole("heading", { name: "Page not found" });
  expect(document.title).toBe("Page not found · Tributary");
});

test("the navigation shows where the reader is and what needs attention", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  world.putSource({ id: "s", settings: { repository: "https://git.test/a" }, state: SourceState.ERROR });
  openApp("/tasks", world);
  const nav = await screen.findByRole("navigation", { name: "Main" });
  const tasks = within(nav).getByRole("link", { name: /^Tasks/ });
  expect(tasks.getAttribute("aria-current")).toBe("page");
  await waitFor(() => expect(tasks.textContent).toContain("1"));
  await waitFor(() => expect(within(nav).getByRole("link", { name: /^Sources/ }).textContent).toContain("1"));
});

test("a server that cannot be reached is told, and the page goes on when it is back", async () => {
  const world = new World();
  world.failing.set("watch", new ConnectError("refused", Code.Unavailable));
  openApp("/workers", world);
  await screen.findByText("Offline");
  world.failing.clear();
  await screen.findByText("Live");
});

test("the palette opens by keys and leads to pages, tasks and runs", async () => {
  const { user, address } = openApp("/", sampleWorld({ ended: 20 }));
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("{Control>}k{/Control}");
  const search = { name: "Search pages, tasks and what can be run" };
  const field = await screen.findByRole("combobox", search);
  await user.type(field, "workers{Enter}");
  await waitFor(() => expect(address()).toBe("/workers"));
  expect(screen.queryByRole("combobox", search)).toBeNull();
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", search), "nightly");
  await screen.findByRole("option", { name: /Run churn \/ nightly/ });
  await user.keyboard("{Enter}");
  await waitFor(() => expect(address()).toBe("/workers?run=churn/nightly"));
});

test("keys of a list and of its search work before either has the focus", async () => {
  const { user } = openApp("/tasks", sampleWorld({ ended: 20 }));
  const grid = await screen.findByRole("grid");
  await waitFor(() => expect(within(grid).getAllByRole("row").length).toBeGreaterThan(3));
  await user.keyboard("jj");
  expect(document.activeElement).toBe(grid);
  await waitFor(() => expect(grid.getAttribute("aria-activedescendant")).toMatch(/-1$/));
  await user.keyboard("/");
  expect(document.activeElement).toBe(within(screen.getByRole("search")).getByRole("textbox"));
});

test("what comes over APIs that are not served has its place, which says so", async () => {
  const { user, address } = openApp("/tasks");
  const nav = await screen.findByRole("navigation", { name: "Main" });
  await user.click(within(nav).getByRole("link", { name: "Executions" }));
  await screen.findByRole("heading", { name: "Flyte is not served yet" });
  expect(within(nav).getByRole("link", { name: "Executions" }).getAttribute("aria-current")).toBe("page");
  await user.click(within(nav).getByRole("link", { name: "Sessions" }));
  await screen.findByRole("heading", { name: "ArmoniK is not served yet" });
  await user.click(screen.getByRole("link", { name: "Tasks of the other APIs" }));
  await waitFor(() => expect(address()).toBe("/tasks"));
});

test("every page says its name in the title", async () => {
  const pages = {
    "/": /failed · Overview/,
    "/sources": /^Sources/,
    "/secrets": /^Secrets/,
    "/projects": /^Projects/,
    "/projects/churn": /^churn · Project/,
    "/workers": /offline · Workers/,
  };
  for (const [path, title] of Object.entries(pages)) {
    openApp(path, sampleWorld({ ended: 40 }));
    await waitFor(() => expect(document.title).toMatch(title));
  }
});
