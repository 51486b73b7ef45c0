import { expect, test } from "../fixtures.ts";
import { reached, submit } from "../rpc.ts";

test("filters stand in the address, which shows the same list to others", async ({ page, server }) => {
  const [good, bad] = [await submit(server, "echo sieve one"), await submit(server, "echo sieve two; exit 3")];
  await reached(server, good, "SUCCEEDED");
  await reached(server, bad, "FAILED");
  await page.goto("/tasks");
  const rows = page.getByRole("grid", { name: "Tasks" }).getByRole("row", { name: /^Select (?!all)/ });
  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill("sieve");
  await expect(page).toHaveURL("/tasks?q=sieve");
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: "sieve two" })).toContainText("Exit code 3");

  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitem", { name: "State" }).click();
  await page.getByRole("checkbox", { name: "failed" }).check();
  await expect(page).toHaveURL(/[?&]state=failed(&|$)/);
  await expect(rows).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.getByText("1 match")).toBeVisible();

  const other = await page.context().newPage();
  await other.goto(page.url());
  const same = other.getByRole("grid", { name: "Tasks" }).getByRole("row", { name: /^Select (?!all)/ });
  await expect(same).toHaveCount(1);
  await expect(same).toContainText("sieve two");
  await expect(other.getByRole("textbox", { name: "Filter tasks by name" })).toHaveValue("sieve");

  await page.getByRole("button", { name: "Remove filter State" }).click();
  await expect(page).toHaveURL("/tasks?q=sieve");
  await expect(rows).toHaveCount(2);
});

test("going back leads to the rows where the list was left", async ({ page, server }) => {
  const ids = await Promise.all(Array.from({ length: 40 }, (_, n) => submit(server, `echo left here ${n}`)));
  await page.goto("/tasks?q=left+here");
  const grid = page.getByRole("grid", { name: "Tasks" });
  const rows = grid.getByRole("link", { name: /echo left here/ });
  await expect(rows.first()).toBeVisible();
  const scroller = page.locator(".scroller").filter({ has: grid });
  const place = () => scroller.evaluate((element) => element.scrollTop);
  await scroller.evaluate((element) => element.scrollTo(0, 400));
  await expect.poll(place).toBe(400);
  const row = grid.getByRole("link", { name: `echo left here ${ids.length - 20}`, exact: true });
  await row.click();
  await expect(page).toHaveURL(/\/tasks\/\d+$/);
  await page.goBack();
  await expect(row).toBeInViewport();
  await expect.poll(place).toBe(400);
  // a page that is opened anew begins at its top
  await page.goto("/tasks?q=left+here");
  await expect(rows.first()).toBeVisible();
  expect(await place()).toBe(0);
});

test("filters can be typed", async ({ page, server }) => {
  await reached(server, await submit(server, "echo typed; exit 4"), "FAILED");
  await page.goto("/tasks");
  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill("state:failed api:taskqueue typed");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/state=failed/);
  await expect(page).toHaveURL(/dialect=taskqueue/);
  await expect(page).toHaveURL(/q=typed/);
  await expect(page.getByRole("button", { name: "State is failed" })).toBeVisible();
  await expect(page.getByText("1 match")).toBeVisible();
});

test("the keyboard walks the rows and opens one", async ({ page, server }) => {
  for (const name of ["walk-a", "walk-b", "walk-c"])
    await reached(server, await submit(server, `echo ${name}`), "SUCCEEDED");
  await page.goto("/tasks?q=walk-&order=title");
  const grid = page.getByRole("grid", { name: "Tasks" });
  await expect(grid.getByRole("row")).toHaveCount(4);
  await grid.focus();
  const active = () =>
    grid.evaluate(
      (each) => document.getElementById(each.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "",
    );
  await page.keyboard.press("ArrowDown");
  await expect.poll(active).toContain("walk-a");
  await page.keyboard.press("End");
  await expect.poll(active).toContain("walk-c");
  await page.keyboard.press("ArrowUp");
  await expect.poll(active).toContain("walk-b");
  await page.keyboard.press("Enter");
  await expect(page).toHaveTitle("Succeeded · echo walk-b · Tributary");
  await page.goBack();
  await expect(page).toHaveURL(/q=walk-/);
  await expect(grid.getByRole("row")).toHaveCount(4);
});

test("what another client does shows by itself, and a selected task is cancelled", async ({ page, server, gate }) => {
  const kept = await submit(server, `echo stream kept; ${gate.wait("kept")}; exit 5`);
  await page.goto("/tasks?q=stream");
  const row = (text: string) => page.getByRole("row", { name: new RegExp(`^Select .*${text}`) });
  await expect(row("stream kept")).toContainText("Running");
  await page.evaluate(() => Object.assign(window, { stillTheSamePage: true }));

  const stopped = await submit(server, `echo stream stopped; ${gate.wait("stopped")}`);
  await page.getByRole("button", { name: "1 new" }).click();
  await expect(row("stream stopped")).toContainText("Running");
  await gate.open("kept");
  await expect(row("stream kept")).toContainText("Failed");
  await expect(row("stream kept")).toContainText("Exit code 5");
  await reached(server, kept, "FAILED");

  await row("stream stopped").getByRole("checkbox").check();
  const bar = page.getByRole("toolbar", { name: "Selected rows" });
  await expect(bar).toContainText("1 selected");
  await bar.getByRole("button", { name: "Cancel", exact: true }).click();
  await page
    .getByRole("dialog", { name: "Cancel this task?" })
    .getByRole("button", { name: "Cancel the task" })
    .click();
  await expect(row("stream stopped")).toContainText("Cancelled");
  await expect(bar).toBeHidden();
  expect(await page.evaluate(() => "stillTheSamePage" in window)).toBe(true);
  await page.goto(`/tasks/${stopped}`);
  await expect(page).toHaveTitle(/^Cancelled · /);
});
