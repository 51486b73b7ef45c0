import { expect, test } from "../fixtures.ts";
import { heapOf, watchLongTasks } from "../measured-page.ts";
import { reached, submit } from "../rpc.ts";

const count = 5_000_000;
const rare = [1_234_567, 3_000_001, 4_999_990];
/** Megabytes of a log that are more than 300 would be if the page held them. */
const mostHeap = 80;

test("a log of five million lines is opened, jumped through, searched, filtered and linked to in little memory", async ({
  page,
  server,
}) => {
  test.setTimeout(300_000);
  const marks = rare.map((line) => `-e '${line}s/$/ needle-in-it/'`).join(" ");
  const id = await submit(server, `seq -f 'row %.0f of a log as long as any' ${count} | sed ${marks}; : five-million`);
  await expect
    .poll(
      async () =>
        reached(server, id, "SUCCEEDED").then(
          () => true,
          () => false,
        ),
      { timeout: 200_000 },
    )
    .toBe(true);
  await page.goto(`/tasks/${id}#L1`);
  const log = page.getByRole("log");
  const line = (number: number) => log.getByRole("link", { name: `Line ${number.toLocaleString("en")}`, exact: true });
  await expect(line(1)).toBeInViewport();
  await expect(log).toContainText("row 1 of a log as long as any");
  await expect(page.getByRole("tab", { name: "Log 5,000,000" })).toBeVisible();
  const longTasks = await watchLongTasks(page);

  await log.focus();
  await page.keyboard.press("G");
  await expect(line(count)).toBeInViewport();
  await expect(log).toContainText("row 5000000 of");
  await page.goto(`/tasks/${id}#L3141592`);
  await expect(line(3_141_592)).toBeInViewport();
  await expect(log).toContainText("row 3141592 of");
  // line by line from there, and back
  await log.focus();
  await page.keyboard.press("j");
  await expect(line(3_141_593)).toBeFocused();
  await page.keyboard.press("PageDown");
  await expect(log).toContainText("row 3141600 of");

  const find = page.getByRole("textbox", { name: "Search the whole log" });
  await find.fill("needle-in-it");
  await expect(page.getByText("3 hits", { exact: true })).toBeVisible({ timeout: 60_000 });
  for (const [index, at] of rare.entries()) {
    await page.getByRole("button", { name: "Next hit" }).click();
    await expect(page.getByText(`${index + 1} of 3`, { exact: true })).toBeVisible();
    await expect(line(at)).toBeInViewport();
  }
  await page.getByRole("button", { name: "Previous hit" }).click();
  await expect(line(rare[1] ?? 0)).toBeInViewport();
  await page.getByRole("button", { name: "Only matching lines" }).click();
  await expect(page.getByText("3 of 5,000,000 lines: hits of “needle-in-it”")).toBeVisible({ timeout: 60_000 });
  for (const at of rare) await expect(line(at)).toBeInViewport();

  // half a million hits are a view too
  await find.fill("7 of a log");
  await expect(page.getByText(/^500,000 of 5,000,000 lines/)).toBeVisible({ timeout: 90_000 });
  await log.focus();
  await page.keyboard.press("G");
  await expect(line(4_999_997)).toBeInViewport();
  await page.keyboard.press("g");
  await expect(line(7)).toBeInViewport();
  await expect(line(17)).toBeInViewport();
  expect(await heapOf(page)).toBeLessThan(mostHeap);
  expect(Math.max(0, ...(await longTasks()))).toBeLessThan(1_500);

  await page.goto(`/tasks/${id}#L2718281-L2718285`);
  await page.reload();
  await expect(page.getByRole("button", { name: "Copy link to 2,718,281–2,718,285" })).toBeInViewport();
  await expect(log).toContainText("row 2718285 of");
  for (let turn = 0; turn < 60; turn++) {
    await log.hover();
    await page.mouse.wheel(0, turn % 20 === 0 ? 200_000 : 3_000);
  }
  await expect(line(2_718_281)).toHaveCount(0);
  expect(await heapOf(page)).toBeLessThan(mostHeap);
});
