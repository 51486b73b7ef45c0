import { Code, ConnectError } from "@connectrpc/connect";
import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { openApp, requestsOf } from "./open-app.tsx";

const texts = (list: HTMLElement) =>
  within(list)
    .getAllByRole("listitem")
    .map((item) => item.textContent);

test("what is kept is shown with its limits, and the server with its places", async () => {
  openApp("/settings");
  expect(await screen.findByText("Version 0.1.0, state in SQLite.")).toBeDefined();
  const [disk, tasks, logs, journal, files] = texts(await screen.findByRole("list", { name: "Storage" }));
  expect(disk).toMatch(/90.* of 256.* are free.*the tables take 70/);
  expect(tasks).toMatch(/4,213 tasks.*oldest.*kept for 90 days, 1,000,000 at most.*12 removed so far/);
  expect(logs).toMatch(/4,100 logs.*50.* at most/);
  expect(journal).toContain("50,120 entries");
  expect(files).toMatch(/812 files.*5.*removed when unused for a day/);
  expect(screen.getByRole("meter", { name: /^Logs: 91/ })).toBeDefined();
  expect(screen.getByText("/srv/tributary/.tributary/objects")).toBeDefined();
  expect(screen.getByRole("link", { name: "Settings" }).getAttribute("aria-current")).toBe("page");
});

test("the checks are run by a button, and what needs a look comes first", async () => {
  const { world, user } = openApp("/settings");
  const run = await screen.findByRole("button", { name: "Run the checks" });
  expect(requestsOf(world, "runChecks")).toEqual([]);
  await user.click(run);
  const list = await screen.findByRole("list", { name: "Checks" });
  expect(screen.getByText(/2 of 4 need a look/)).toBeDefined();
  const [first, second, ...rest] = texts(list);
  expect(first).toContain("Programsgit not foundInstall git");
  expect(second).toContain("BackupsThere is no backup".replace("T", "t"));
  expect(rest).toHaveLength(2);
  expect(
    within(list)
      .getAllByRole("img")
      .map((glyph) => glyph.getAttribute("aria-label")),
  ).toEqual(["not well", "look at it", "well", "well"]);
});

test("a sweep is asked for, told of, and shown", async () => {
  const { user } = openApp("/settings");
  await user.click(await screen.findByRole("button", { name: "Sweep now" }));
  expect(await screen.findByText("Removed: 3 tasks.")).toBeDefined();
  expect(await screen.findByText("15 removed so far")).toBeDefined();
});

test("a backup is made and listed", async () => {
  const { user } = openApp("/settings");
  expect(await screen.findByText(/There is none yet/)).toBeDefined();
  await user.click(screen.getByRole("button", { name: "Back up now" }));
  expect(await screen.findByText("The backup is whole")).toBeDefined();
  const list = screen.getByRole("list", { name: "Backups" });
  expect(await within(list).findByText("2026-11-22T10-00-00-000Z")).toBeDefined();
  expect(screen.queryByText(/There is none yet/)).toBeNull();
});

test("whoever may not see it is told so", async () => {
  const world = new World();
  world.failing.set("getStorage", new ConnectError("GetStorage is for admins", Code.PermissionDenied));
  openApp("/settings", world);
  expect(await screen.findByText(/GetStorage is for admins/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Sweep now" })).toBeNull();
});

test("a backup that fails says why", async () => {
  const world = new World();
  world.failing.set("createBackup", new ConnectError("there is no room for a backup", Code.ResourceExhausted));
  const { user } = openApp("/settings", world);
  await user.click(await screen.findByRole("button", { name: "Back up now" }));
  expect(await screen.findAllByText(/no room for a backup/i)).not.toEqual([]);
});
