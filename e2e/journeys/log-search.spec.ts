import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures.ts";
import { submit } from "../rpc.ts";

test("errors are counted and stepped through, expressions are searched for by the server, and archives saved", async ({
  page,
  server,
}) => {
  const lines = "seq -f 'row %g' 30000 | sed 's/^row .*5000$/ERROR at &/'";
  const id = await submit(server, `${lines}; echo 'WARNING: last' >&2; : log-search`);
  await page.goto(`/tasks/${id}`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  const bar = page.getByRole("toolbar", { name: "Log tools" });
  await expect(bar).toContainText("error 3");
  await expect(bar).toContainText("warn 1");
  await log.focus();
  await page.keyboard.press("g");
  await expect(line("1")).toBeInViewport();
  for (const number of ["5,000", "15,000", "25,000"]) {
    await page.getByRole("button", { name: "Next error" }).click();
    await expect(line(number)).toBeInViewport();
  }
  await page.getByRole("button", { name: "Previous error" }).click();
  await expect(line("15,000")).toBeInViewport();

  const find = page.getByRole("textbox", { name: "Search the whole log" });
  await page.getByRole("button", { name: "Regular expression" }).click();
  await find.fill("^row \\d+7$");
  await expect(page.getByText("2,999 hits")).toBeVisible();
  await page.getByRole("button", { name: "Previous hit" }).click();
  await expect(page.getByText("2,999 of 2,999")).toBeVisible();
  await expect(line("29,997")).toBeInViewport();
  await find.fill("row (");
  await expect(page.getByText(/The search failed: .*missing/)).toBeVisible();
  // More hits than a browser is told the lines of: those beyond are found when they are stepped to.
  await find.fill("row");
  await expect(page.getByText("30,000 hits")).toBeVisible();
  await page.getByRole("button", { name: "Previous hit" }).click();
  await expect(page.getByText("30,000 of 30,000")).toBeVisible();
  await expect(line("30,000")).toBeInViewport();
  await page.getByRole("button", { name: "Previous hit" }).click();
  await expect(page.getByText("29,999 of 30,000")).toBeVisible();

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("menuitem", { name: /^A zip/ }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe(`task-${id}-log.zip`);
  expect((await readFile(await file.path())).subarray(0, 2).toString()).toBe("PK");
});

test("on a phone the newest lines of a live log are in view, and the page can be scrolled up to more of it", async ({
  page,
  server,
  gate,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const command = `seq -f 'row %g' 500; ${gate.wait()}; seq -f 'late %g' 30; : narrow-log`;
  const id = await submit(server, command);
  await page.goto(`/tasks/${id}`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  await expect(line("500")).toBeInViewport({ ratio: 1 });
  await gate.open();
  await expect(line("530")).toBeInViewport({ ratio: 1 });
  const height = () => log.evaluate((element) => element.getBoundingClientRect().height);
  const before = await height();
  await page.getByRole("tab", { name: /^Log/ }).hover();
  await page.mouse.wheel(0, 2_000);
  await expect.poll(height).toBeGreaterThan(before);
  await expect(line("530")).toBeInViewport({ ratio: 1 });
});
