import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";

/** What has the focus, by its role and name as they are read out. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute("aria-label") ?? activeElement?.textContent?.trim() ?? "";
  });
}

/** Presses Tab until the focus is on what has this name; answers what came before. */
async function tabTo(page: Page, name: string, most = 40): Promise<string[]> {
  const passed: string[] = [];
  for (let turn = 0; turn < most; turn++) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now === name) return passed;
    passed.push(now);
  }
  throw new Error(`${most} times Tab did not reach ${name}, only: ${passed.join(" | ")}`);
}

test("the first Tab offers to skip to the content", async ({ page }) => {
  await page.goto("/tasks");
  await expect(page.getByRole("button", { name: "Run a task" }).first()).toBeVisible();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  expect(await tabTo(page, "Run a task")).not.toContain("Tasks");
});

test("Tab goes through navigation, search and views to what the page is for", async ({ page }) => {
  await page.goto("/tasks");
  await expect(page.getByRole("button", { name: "Run a task" }).first()).toBeVisible();
  const passed = await tabTo(page, "Run a task");
  const order = ["Skip to content", "Tributary, overview", "Tasks", "Secrets"].map((name) => passed.indexOf(name));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(order).not.toContain(-1);
  const views = passed.findIndex((name) => name.startsWith("Running"));
  const search = passed.findIndex((name) => name.startsWith("Search or run a command"));
  expect(search).toBeGreaterThan(order.at(-1) ?? 0);
  expect(views).toBeGreaterThan(search);
});

for (const [path, opener, name] of [
  ["/sources", "Add a source", "Add a source"],
  ["/secrets", "Create a secret", "Create a secret"],
  ["/tasks", "Run a task", "Run a task"],
] as const) {
  test(`${path}: its dialog holds the focus, Escape closes it and gives the focus back`, async ({ page }) => {
    await page.goto(path);
    const button = page.getByRole("main").locator("a, button").filter({ hasText: opener }).first();
    await expect(button).toBeVisible();
    await button.focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name });
    await expect(dialog).toBeVisible();
    const inside = () => dialog.evaluate((each) => each.contains(document.activeElement));
    await expect.poll(inside).toBe(true);
    const places = new Set<string>();
    for (let turn = 0; turn < 24; turn++) {
      await page.keyboard.press(turn < 16 ? "Tab" : "Shift+Tab");
      await expect.poll(inside, `after ${turn + 1} times Tab`).toBe(true);
      places.add(await focused(page));
    }
    expect(places.size).toBeGreaterThan(1);
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(path);
    await expect(button).toBeFocused();
  });
}

test("the palette opens from anywhere, finds a page and goes there", async ({ page }) => {
  await page.goto("/workers");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("worker");
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog", { name: "Go to or run" });
  await expect(palette).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("secre");
  await expect(palette.getByRole("option", { name: /Secrets/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/secrets");
  await expect(palette).toBeHidden();
});
