import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import { reached, submit } from "../rpc.ts";

/** Looks from now on how long the page ever takes to draw its next picture, in milliseconds. */
async function watchPictures(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const watch = { longest: 0 };
    Object.assign(window, { watch });
    let last = performance.now();
    const look = (now: number) => {
      watch.longest = Math.max(watch.longest, now - last);
      last = now;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return () =>
    page.evaluate(() => (window as unknown as { readonly watch: { readonly longest: number } }).watch.longest);
}

test("a log of 20,000 lines is scrolled, followed, searched and linked to without a freeze", async ({
  page,
  server,
  gate,
}) => {
  const command = `seq -f 'row %g' 20000; ${gate.wait()}; seq -f 'late %g' 50; : long-log`;
  const id = await submit(server, command);
  await page.goto(`/tasks/${id}`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  await expect(page.getByRole("scrollbar", { name: "Whole log, 20,000 lines" })).toBeVisible();
  await expect(line("20,000")).toBeInViewport();
  const longest = await watchPictures(page);

  // the reader goes up: the end comes without them
  await log.focus();
  await page.keyboard.press("g");
  await expect(line("1")).toBeInViewport();
  await expect(log).toContainText("row 1");
  for (let turn = 0; turn < 20; turn++) {
    await log.hover();
    await page.mouse.wheel(0, 4_000);
  }
  await expect(line("1")).toHaveCount(0);
  await expect(page.getByRole("button", { name: /Jump to the end/ })).toBeVisible();
  await gate.open();
  await page.getByRole("button", { name: "50 new lines" }).click();
  await expect(log.getByText("late 50", { exact: true })).toBeInViewport();
  await expect(page).toHaveTitle(/^Succeeded/);

  const find = page.getByRole("textbox", { name: "Search the whole log" });
  await page.keyboard.press("/");
  await find.fill("row 1999");
  await expect(page.getByText("11 hits")).toBeVisible();
  await find.press("Enter");
  await expect(page.getByText("1 of 11")).toBeVisible();
  await expect(line("1,999")).toBeInViewport();
  await page.getByRole("button", { name: "Next hit" }).click();
  await expect(page.getByText("2 of 11")).toBeVisible();
  await expect(line("19,990")).toBeInViewport();
  await page.getByRole("button", { name: "Regular expression" }).click();
  await find.fill("^row 1.{3}9$");
  await expect(page.getByText("1,000 hits")).toBeVisible();
  expect(await longest(), "the longest time without a picture").toBeLessThan(2_000);
});

test("marked lines stand in the address, which brings others to them", async ({ page, server }) => {
  const id = await submit(server, "seq -f 'mark %g' 20000");
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}#L100-L120`);
  const log = page.getByRole("log");
  const line = (number: number) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  const background = (number: number) =>
    page.locator(`[data-line="${number}"]`).evaluate((each) => getComputedStyle(each).backgroundColor);
  await expect(line(100)).toBeInViewport();
  await expect(log).toContainText("mark 100");
  const [before, first, last, after] = [
    await background(99),
    await background(100),
    await background(120),
    await background(121),
  ];
  expect([first === last, before === after, first === before]).toEqual([true, true, false]);
  await expect(page.getByRole("button", { name: "Copy link to 100–120" })).toBeVisible();

  await line(105).click();
  await expect(page).toHaveURL(/#L105$/);
  await line(108).click({ modifiers: ["Shift"] });
  await expect(page).toHaveURL(/#L105-L108$/);
  await page.reload();
  await expect(line(105)).toBeInViewport();
  await page.getByRole("button", { name: "Clear the marked lines" }).click();
  await expect(page).toHaveURL(new RegExp(`/tasks/${id}$`));
});
