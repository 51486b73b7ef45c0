import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { expect, test as plain } from "../fixtures.ts";
import { reached, submit } from "../rpc.ts";
import { spreadOverDay } from "../spread-over-day.ts";

const count = 24;

/** A server whose tasks ended over the last day, and took a second and more. */
const test = plain.extend<object, { readonly spread: ServerProcess }>({
  spread: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const first = await ServerProcess.start();
      for (let n = 1; n <= count; n++) {
        const fails = n % 6 === 0;
        const id = await submit(first, fails ? `exit 3 # spread ${n}` : `true # spread ${n}`);
        await reached(first, id, fails ? "FAILED" : "SUCCEEDED");
      }
      await first.end();
      spreadOverDay(first.dataFolder, []);
      const server = await ServerProcess.start({ dataFolder: first.dataFolder });
      await use(server);
      await server.destroy();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ spread }, use) => use(spread.url),
});

const picture = (page: Page) => page.getByRole("listbox", { name: /^Duration against end time/ });

/** The numbers of the tasks that are selected. */
async function selectedIn(page: Page): Promise<number[]> {
  const ids = await picture(page)
    .locator("[role=option][aria-selected=true]")
    .evaluateAll((marks) => marks.map(({ id }) => Number(/(\d+)-[a-z]+$/.exec(id)?.[1])));
  return ids.sort((a, b) => a - b);
}

/** Opens the list of the selection, and answers the numbers of the tasks that are in it. */
async function openedFrom(page: Page, expected: number): Promise<number[]> {
  await page.getByRole("link", { name: "Open as a list" }).click();
  await expect(page).toHaveURL(/\/tasks\?.*endedFrom=/);
  const rows = page.getByRole("grid", { name: "Tasks" }).getByRole("row", { name: /^Select (?!all)/ });
  await expect(rows).toHaveCount(expected);
  await expect(page.getByText(expected === 1 ? "1 match" : `${expected} match`, { exact: true })).toBeVisible();
  const links = await rows.locator("a.name").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  return links.map((href) => Number(/\/tasks\/(\d+)$/.exec(href ?? "")?.[1])).sort((a, b) => a - b);
}

/** Drags over a part of an element, given in shares of it. */
async function drag(page: Page, over: Locator, from: readonly [number, number], to: readonly [number, number]) {
  await over.scrollIntoViewIfNeeded();
  const box = (await over.boundingBox())!;
  const place = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...place(from));
  await page.mouse.down();
  await page.mouse.move(...place([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...place(to));
  await page.mouse.up();
}

test("dragging over some tasks opens these as a list, and no others", async ({ page }) => {
  await page.goto("/");
  await drag(page, picture(page), [0.3, 0.02], [0.72, 0.98]);
  const selected = await selectedIn(page);
  expect(selected.length).toBeGreaterThan(3);
  expect(selected.length).toBeLessThan(count - 3);
  await expect(page.getByRole("status").filter({ hasText: /^\d+ tasks, .*\d\d:\d\d to .*\d\d:\d\d, / })).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  expect(await openedFrom(page, selected.length)).toEqual(selected);
  await expect(page.getByRole("button", { name: /^Ended from/ })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Ran longer/ })).toBeVisible();
  const { violations: ofList } = await new AxeBuilder({ page }).analyze();
  expect(ofList.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
});

test("a selection has sides of lengths too, at either edge all that is there, and Escape clears it", async ({
  page,
}) => {
  await page.goto("/");
  await drag(page, picture(page), [0, 0.3], [1, 0.62]);
  const middle = await selectedIn(page);
  expect(middle.length).toBeGreaterThan(0);
  expect(middle.length).toBeLessThan(count);
  await page.keyboard.press("Escape");
  expect(await selectedIn(page)).toEqual([]);
  await expect(page.getByText("Drag over tasks to select them.")).toBeVisible();
  await drag(page, picture(page), [0.999, 0.999], [0.001, 0.001]);
  const all = await selectedIn(page);
  expect(all).toHaveLength(count);
  expect(await openedFrom(page, count)).toEqual(all);
});

test("keys go from task to task, select and open", async ({ page }) => {
  await page.goto("/");
  await picture(page).focus();
  await page.keyboard.press("Home");
  for (let n = 0; n < 4; n++) await page.keyboard.press("Shift+ArrowRight");
  const selected = await selectedIn(page);
  expect(selected.length).toBeGreaterThan(1);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Open as a list" })).toBeFocused();
  await page.keyboard.press("Escape");
  expect(await selectedIn(page)).toEqual([]);
  await expect(picture(page)).toBeFocused();
  await page.keyboard.press("End");
  const last = await picture(page).evaluate((list) => {
    const active = document.getElementById(list.getAttribute("aria-activedescendant") ?? "");
    return Number(/(\d+)-[a-z]+$/.exec(active?.id ?? "")?.[1]);
  });
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/tasks/${last}$`));
});

test.describe("on a telephone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("a finger that goes sideways selects, and the words fit", async ({ page, context }) => {
    await page.goto("/");
    await picture(page).scrollIntoViewIfNeeded();
    const box = (await picture(page).boundingBox())!;
    const touches = await context.newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", x: number, y: number) =>
      touches.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: type === "touchEnd" ? [] : [{ x: box.x + x * box.width, y: box.y + y * box.height }],
      });
    await touch("touchStart", 0.3, 0.1);
    // one that went down first would scroll the page
    for (const [x, y] of [
      [0.36, 0.1],
      [0.45, 0.12],
      [0.6, 0.5],
      [0.8, 0.95],
    ] as const)
      await touch("touchMove", x, y);
    await touch("touchEnd", 0.8, 0.95);
    await expect(page.getByRole("link", { name: "Open as a list" })).toBeVisible();
    const selected = await selectedIn(page);
    expect(selected.length).toBeGreaterThan(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    expect(await openedFrom(page, selected.length)).toEqual(selected);
  });
});
