import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, within } from "@testing-library/react";
import { DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

function shared(): World {
  const world = new World();
  const of = (name: string) => ({
    id: `churn.${name}`,
    projectId: "p1",
    projectName: "churn",
    name,
    path: `data/${name}`,
  });
  world.putDataSet({
    ...of("customers"),
    state: DataSetState.READY,
    taskId: 7,
    fileCount: 12,
    byteCount: 3_000_000n,
    makeTime: timestampFromMs(Date.now() - 7_200_000),
  });
  world.putDataSet({ ...of("prices"), state: DataSetState.FAILED, taskId: 8, problem: "Exit code 3" });
  return world;
}

test("tells what is there, how much it is, what made it, and why one is not there", async () => {
  openApp("/data-sets", shared());
  const ready = await screen.findByRole("row", { name: /churn \/ customers/ });
  for (const text of ["Ready", "data/customers", "12"]) expect(ready.textContent).toContain(text);
  expect(ready.textContent).toMatch(/2h.* ago/);
  expect(within(ready).getByRole("link", { name: "#7" }).getAttribute("href")).toBe("/tasks/7");
  const failed = await screen.findByRole("row", { name: /churn \/ prices/ });
  expect(failed.textContent).toContain("Exit code 3");
  expect(document.title).toContain("1 failed");
});

test("one is made again, and leads to the task that makes it", async () => {
  const { world, user, address } = openApp("/data-sets", shared());
  const row = await screen.findByRole("row", { name: /churn \/ prices/ });
  await user.click(within(row).getByRole("button", { name: "Make again" }));
  await screen.findByRole("row", { name: /Being made.*churn \/ prices/ });
  expect(requestsOf(world, "refreshDataSet")).toMatchObject([{ id: "churn.prices" }]);
  await user.click(await screen.findByRole("button", { name: "Open the task" }));
  expect(address()).toMatch(/^\/tasks\/\d+/);
});

test("an empty list teaches how to have one", async () => {
  openApp("/data-sets");
  await screen.findByRole("heading", { name: "No task has asked for a data set yet" });
});
