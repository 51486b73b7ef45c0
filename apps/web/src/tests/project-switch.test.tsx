import { screen, waitFor, within } from "@testing-library/react";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { beforeEach, expect, test } from "vitest";

import { sampleWorld } from "#api/fixtures/sample-world.ts";
import { World } from "#api/fixtures/world.ts";
import { ofProject } from "#pages/of-project.ts";
import { openApp, requestsOf } from "./open-app.tsx";

beforeEach(() => sessionStorage.clear());

const projectSwitch = () => screen.findByRole("combobox", { name: "Project" });

function twoProjects() {
  const world = new World();
  for (const name of ["churn", "forecast"]) {
    world.putProject({ id: name, name });
    world.putTask({ title: `${name} of today`, projectName: name, state: TaskState.ACTIVE });
  }
  return world;
}

test("the switch narrows the list down, in the address, and the next list is of the same project", async () => {
  const { user, address } = openApp("/tasks", twoProjects());
  await screen.findByText("forecast of today");
  await user.click(await projectSwitch());
  await user.click(await screen.findByRole("option", { name: "churn" }));
  await waitFor(() => expect(address()).toBe("/tasks?project=churn"));
  await waitFor(() => expect(screen.queryByText("forecast of today")).toBeNull());
  expect((await projectSwitch()).textContent).toBe("churn");
  const nav = screen.getByRole("navigation", { name: "Main" });
  await user.click(within(nav).getByRole("link", { name: "Schedules" }));
  await screen.findByText("Nothing here is of churn");
  expect(address()).toBe("/schedules?project=churn");
  await user.click(screen.getByRole("button", { name: "Show all projects" }));
  await waitFor(() => expect(address()).toBe("/schedules"));
  expect((await projectSwitch()).textContent).toBe("All projects");
});

test("by keys alone", async () => {
  const { user, address } = openApp("/tasks?state=running", twoProjects());
  (await projectSwitch()).focus();
  await user.keyboard("{Enter}");
  await screen.findByRole("option", { name: "forecast" });
  await user.keyboard("forec");
  await waitFor(() => expect(document.activeElement?.textContent).toBe("forecast"));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(address()).toBe("/tasks?project=forecast&state=running"));
});

test("the lists of a project are kept while a page is looked at that is no list", async () => {
  const { user, address } = openApp("/tasks?project=churn", twoProjects());
  const nav = await screen.findByRole("navigation", { name: "Main" });
  await user.click(within(nav).getByRole("link", { name: "Workers" }));
  await waitFor(() => expect(address()).toBe("/workers"));
  expect((await projectSwitch()).textContent).toBe("All projects");
  await user.keyboard("gt");
  await waitFor(() => expect(address()).toBe("/tasks?project=churn"));
});

test("a task's page shows its project, and the switch leads to the tasks of another", async () => {
  const world = twoProjects();
  const { id } = world.putTask({ title: "train", projectName: "churn" });
  const { user, address } = openApp(`/tasks/${id}`, world);
  await waitFor(async () => expect((await projectSwitch()).textContent).toBe("churn"));
  await user.click(await projectSwitch());
  await user.click(await screen.findByRole("option", { name: "forecast" }));
  await waitFor(() => expect(address()).toBe("/tasks?project=forecast"));
});

test("the overview is of the project, and so are the lists that it leads to", async () => {
  const { world } = openApp("/?project=churn", twoProjects());
  await screen.findByRole("heading", { name: /^1 running/ });
  expect(requestsOf(world, "getOverview")).toContainEqual(expect.objectContaining({ projectName: "churn" }));
  const running = screen.getByRole("link", { name: /Running$|Running.*slots/ });
  expect(running.getAttribute("href")).toBe("/tasks?state=running&project=churn");
});

test.each([
  ["/secrets", /warehouse-readonly/, "churn"],
  ["/sources", /churn\/models/, "churn"],
])("%s shows what the project has to do with", async (path, text, project) => {
  openApp(path, sampleWorld());
  const table = await screen.findByRole("grid");
  await waitFor(() => expect(within(table).getAllByRole("row").length).toBeGreaterThan(3));
  const all = within(table).getAllByRole("row").length;
  document.body.replaceChildren();
  openApp(`${path}?project=${project}`, sampleWorld());
  await screen.findAllByText(text);
  const rows = within(await screen.findByRole("grid")).getAllByRole("row");
  expect(rows.length).toBeLessThan(all);
});

test("addresses of lists take the project along, others do not", () => {
  expect(ofProject("/tasks?state=failed", "a b")).toBe("/tasks?state=failed&project=a%20b");
  for (const href of ["/workers", "/tasks/4", "/tasks?project=other", "/sources?act=add", "/secrets?act=create&key=k"])
    expect(ofProject(href, "churn")).toBe(href);
  expect(ofProject("/sources/s1", "churn")).toBe("/sources/s1?project=churn");
  expect(ofProject("/", undefined)).toBe("/");
});
