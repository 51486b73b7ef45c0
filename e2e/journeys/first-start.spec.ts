import { expect, test } from "../fixtures.ts";

test.use({ environment: { TRIBUTARY_EXAMPLE: "on" } });

test("the first start shows the example at work and follows its log until it has succeeded", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1 running");
  await expect(page.getByRole("link", { name: "example:churn" })).toBeVisible();
  await page.getByRole("link", { name: "baseline", exact: true }).click();

  await expect(page).toHaveTitle("Running · baseline · Tributary");
  await page.evaluate(() => Object.assign(window, { stillTheSamePage: true }));
  const log = page.getByRole("log", { name: "Log of baseline" });
  const info = log.getByText("INFO", { exact: true }).first();
  await expect(info).toBeVisible();
  const colourOf = (element: Element) => getComputedStyle(element).color;
  expect(await info.evaluate(colourOf)).not.toBe(await log.getByText("Python 3").first().evaluate(colourOf));
  await expect(log.getByText("fold 2/5").first()).toBeVisible();
  await expect(page, "the log has been followed while the task ran").toHaveTitle(/^Running/);

  await expect(page).toHaveTitle("Succeeded · baseline · Tributary", { timeout: 45_000 });
  await expect(log.getByText("wrote metrics.json and report.csv")).toBeVisible();
  await expect(log.getByText("updates folded")).toBeVisible();
  await expect(page.getByRole("tab", { name: "Artifacts 2" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Run again" })).toBeVisible();
  expect(await page.evaluate(() => "stillTheSamePage" in window)).toBe(true);
});
