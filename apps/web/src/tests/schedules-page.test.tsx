import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { screen, waitFor, within } from "@testing-library/react";
import { MissedTicks, TickOutcome } from "@tributary/proto/tributary/v1/schedules_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

const hour = 3_600_000;
const at = (milliseconds: number) => timestampFromMs(Date.now() + milliseconds);

function nightly(world: World, more: object = {}): void {
  world.putSchedule("p1/train", {
    schedule: {
      id: "p1/train",
      projectId: "p1",
      projectName: "churn",
      taskName: "train",
      cron: "CRON_TZ=Europe/Berlin 15 2 * * *",
      missedTicks: MissedTicks.RUN_LATEST,
      nextTime: at(2 * hour),
      lastTaskId: 7,
      ...more,
    },
    nextTimes: [at(2 * hour), at(26 * hour)],
    ticks: [
      { time: at(-22 * hour), outcome: TickOutcome.STARTED, taskId: 7 },
      { time: at(-46 * hour), outcome: TickOutcome.REFUSED, message: "there is no project p1" },
    ],
  });
}

test("tells what runs by the clock, when next, in which time zone, and what came of the past times", async () => {
  const world = new World();
  nightly(world);
  const { user, address } = openApp("/schedules", world);
  const row = await screen.findByRole("row", { name: /churn \/ train/ });
  expect(row.textContent).toContain("At 02:15 15 2 * * *");
  expect(row.textContent).toContain("Europe/Berlin");
  expect(row.textContent).toMatch(/in (2h|1h)/);
  await user.click(within(row).getByText("15 2 * * *"));
  expect(address()).toContain("open=");
  const history = await screen.findByRole("table", { name: "What came of the past ones" });
  expect(within(history).getByRole("link", { name: "#7" })).toBeDefined();
  expect(history.textContent).toContain("Could not be run: there is no project p1");
});

test("is paused with a reason that others find, and resumed", async () => {
  const world = new World();
  nightly(world);
  const { user, address } = openApp("/schedules", world);
  await user.click(await screen.findByRole("button", { name: "More for train" }));
  await user.click(await screen.findByRole("menuitem", { name: "Pause…" }));
  const dialog = await screen.findByRole("dialog", { name: "Pause train" });
  await user.type(within(dialog).getByRole("textbox", { name: /Why/ }), "the warehouse moves");
  await user.click(within(dialog).getByRole("button", { name: "Pause the schedule" }));
  const row = await screen.findByRole("row", { name: /Paused.*the warehouse moves/ });
  // the menu is the row's, and yet choosing from it does not open the row
  expect(address()).toBe("/schedules");
  expect(requestsOf(world, "pauseSchedule")).toMatchObject([{ id: "p1/train", note: "the warehouse moves" }]);
  await user.click(within(row).getByRole("button", { name: "More for train" }));
  await user.click(await screen.findByRole("menuitem", { name: /Resume/ }));
  await screen.findByRole("row", { name: /Active/ });
});

test("runs now, beside its times, and leads to the task", async () => {
  const world = new World();
  nightly(world);
  const { user, address } = openApp("/schedules", world);
  await user.click(await screen.findByRole("button", { name: "Run now" }));
  await user.click(await screen.findByRole("button", { name: "Open the task" }));
  await waitFor(() => expect(address()).toMatch(/^\/tasks\/\d+/));
});

test("a week shows what came round, how its task stands, and what is to come", async () => {
  const world = new World();
  const monday = new Date(2026, 10, 16).getTime();
  const on = (day: number, hours: number) => timestampFromMs(monday + (24 * (day - 1) + hours) * hour);
  const task = world.putTask({ title: "train", state: TaskState.FAILED });
  nightly(world, { nextTime: on(5, 2) });
  world.putSchedule("p1/train", {
    nextTimes: [on(5, 2), on(9, 2)],
    ticks: [
      { time: on(2, 2), outcome: TickOutcome.STARTED, taskId: task.id },
      { time: on(3, 2), outcome: TickOutcome.MISSED },
    ],
  });
  const { user, address } = openApp("/schedules?view=week&week=2026-11-18", world);
  const tuesday = await screen.findByRole("region", { name: /Tue.*17/ });
  const failed = within(tuesday).getByRole("link");
  expect(failed.getAttribute("href")).toBe(`/tasks/${task.id}`);
  expect(failed.textContent).toBe("02:00train");
  expect(within(failed).getByRole("img", { name: "Failed" })).toBeTruthy();
  const friday = screen.getByRole("region", { name: /Fri.*20/ });
  expect(
    within(friday)
      .getByRole("link", { name: /02:00.*train/ })
      .getAttribute("href"),
  ).toBe("/schedules?open=p1/train");
  expect(screen.getByRole("region", { name: /Mon.*16/ }).textContent).toContain("Nothing comes round");
  await user.click(screen.getByRole("link", { name: "Week after" }));
  expect(address()).toBe("/schedules?view=week&week=2026-11-23");
  expect(await within(await screen.findByRole("region", { name: /Tue.*24/ })).findByRole("link")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "List" }));
  expect(await screen.findByRole("row", { name: /churn \/ train/ })).toBeTruthy();
  expect(address()).toBe("/schedules");
});

test("says what becomes of missed times", async () => {
  const world = new World();
  nightly(world);
  const { user } = openApp("/schedules", world);
  await user.click(await screen.findByRole("button", { name: "More for train" }));
  await user.click(await screen.findByRole("menuitem", { name: /Skip missed times/ }));
  await waitFor(() => expect(requestsOf(world, "updateSchedule")).toMatchObject([{ missedTicks: MissedTicks.SKIP }]));
});

test("a broken one says why, in its row and in the title of the tab", async () => {
  const world = new World();
  nightly(world, { problem: 'the minute "61" is out of range', nextTime: undefined });
  openApp("/schedules", world);
  await screen.findByRole("row", { name: /Broken.*the minute "61" is out of range/ });
  expect(document.title).toContain("1 broken");
});

test("an empty list teaches how to have one", async () => {
  openApp("/schedules");
  await screen.findByRole("heading", { name: "No task is run by the clock yet" });
  expect(screen.getByText("ame project push --triggers")).toBeDefined();
});
