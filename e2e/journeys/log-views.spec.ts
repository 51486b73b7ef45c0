import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "../fixtures.ts";
import { reached, submit } from "../rpc.ts";

const groups = [
  "echo '::group::Install'",
  "seq -f 'package %g' 300",
  "echo '::group::Wheels'; seq -f 'wheel %g' 20; echo '::endgroup::'",
  "echo 'ERROR: no wheel 21'",
  "echo '::endgroup::'",
  "echo '##[group]Train'; seq -f 'epoch %g' 2000; echo '##[endgroup]'",
  "echo done",
].join("; ");

test("groups fold and unfold, are remembered, and are searched inside", async ({ page, server }) => {
  const id = await submit(server, `${groups}; : groups`);
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}#L1`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  const fold = (title: string) => page.getByRole("button", { name: `Fold ${title}`, exact: true });
  const unfold = (title: string) => page.getByRole("button", { name: `Unfold ${title}`, exact: true });
  await expect(fold("Install")).toHaveAttribute("aria-expanded", "true");
  await expect(line("2")).toBeInViewport();
  await fold("Install").click();
  await expect(log).toContainText("324 lines folded");
  await expect(log).toContainText("1 error inside");
  await expect(line("2")).toHaveCount(0);
  await expect(line("326")).toBeInViewport();
  await page.getByRole("button", { name: "Fold all groups" }).click();
  await expect(line("2,328")).toBeInViewport();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.reload();
  await expect(unfold("Train")).toHaveAttribute("aria-expanded", "false");
  await expect(line("2,328")).toBeInViewport();
  await log.focus();
  await page.keyboard.press("/");
  await page.getByRole("textbox", { name: "Search the whole log" }).fill("wheel 17");
  await expect(page.getByText("1 hits")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(line("319")).toBeInViewport();
  // only what hides the hit is unfolded
  await expect(fold("Wheels")).toBeVisible();
  await expect(page.getByRole("button", { name: "Unfold all groups" })).toHaveCount(0);
  await log.focus();
  await page.keyboard.press("e");
  await expect(page).toHaveURL(/#L324$/);
  await page.keyboard.press("z");
  await expect(line("2,328")).toBeInViewport();
  await page.keyboard.press("z");
  await page.keyboard.press("g");
  await expect(line("1")).toBeInViewport();
  await expect(line("2")).toBeInViewport();
});

test("streams are read apart with the numbers of the whole log, also while it grows, and the choice is in the address", async ({
  page,
  server,
  gate,
}) => {
  const both = "for i in $(seq 40); do echo out $i; echo err $i >&2; sleep 0.002; done";
  const late = "for i in $(seq 20); do echo late out $i; echo late err $i >&2; sleep 0.002; done";
  const id = await submit(server, `${both}; ${gate.wait()}; ${late}; : streams`);
  await page.goto(`/tasks/${id}`);
  const log = page.getByRole("log");
  await expect(log).toContainText("err 40");
  await page.getByRole("combobox", { name: "Stream" }).click();
  await page.getByRole("option", { name: "stderr" }).click();
  await expect(page).toHaveURL(/stream=stderr/);
  await expect(page.getByText("40 of 80 lines: stderr")).toBeVisible();
  await expect(log).toContainText("err 40");
  await expect(log.getByText(/^out /)).toHaveCount(0);
  await gate.open();
  await expect(log).toContainText("late err 20");
  await reached(server, id, "SUCCEEDED");
  await expect(page.getByText(/^60 of 12\d lines: stderr/)).toBeVisible();
  const numbers = await log
    .locator("[data-line]")
    .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-line")));
  expect(new Set(numbers).size).toBe(numbers.length);
  await page.reload();
  await expect(page.getByText(/^60 of 12\d lines: stderr/)).toBeVisible();
  await expect(log).toContainText("late err 20");
  await expect(log.getByText(/^late out /)).toHaveCount(0);
  await page.getByRole("button", { name: "Show all lines" }).click();
  await expect(log).toContainText("late out 20");
  await expect(page).not.toHaveURL(/stream/);
});

test("only matching lines, and those around them, are shown, linked to and saved", async ({ page, server }) => {
  const id = await submit(server, "seq -f 'row %g' 20000; echo 'ERROR at last'; : matching");
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}?find=999&only=hits`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  await expect(page.getByText(/^38 of 20,00. lines: hits of “999”/)).toBeVisible();
  await expect(line("19,999")).toBeInViewport();
  await log.focus();
  await page.keyboard.press("g");
  await expect(line("999")).toBeInViewport();
  await expect(line("1,999")).toBeInViewport();
  await expect(line("1,000")).toHaveCount(0);
  await page.keyboard.press("n");
  await expect(page.getByText("1 of 38")).toBeVisible();
  await page.getByRole("combobox", { name: "Lines around" }).click();
  await page.getByRole("option", { name: /with 2 lines/ }).click();
  await expect(page).toHaveURL(/around=2/);
  await expect(line("1,001")).toBeInViewport();
  await expect(line("1,002")).toHaveCount(0);

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("menuitem", { name: /lines that are left/ }).click();
  const text = await readFile(await (await saved).path(), "utf8");
  expect(text.split("\n").slice(0, 6)).toEqual(["row 997", "row 998", "row 999", "row 1000", "row 1001", "row 1997"]);

  // the place is kept when everything is shown again
  await log.focus();
  await page.keyboard.press("m");
  await expect(page.getByText(/of 20,00. lines/)).toHaveCount(0);
  await expect(line("1,000")).toBeInViewport();
  await page.getByRole("button", { name: /^error 1$/ }).click();
  await expect(page.getByText(/^1 of 20,00. lines: errors/)).toBeVisible();
  await expect(log).toContainText("ERROR at last");
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test("keys move by lines, wrap, and change the times", async ({ page, server }) => {
  const id = await submit(server, "seq -f 'key %g' 3000; : keys");
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}#L1500`);
  const log = page.getByRole("log");
  const line = (number: string) => log.getByRole("link", { name: `Line ${number}`, exact: true });
  await expect(line("1,500")).toBeInViewport();
  await log.focus();
  await page.keyboard.press("j");
  await expect(line("1,501")).toBeFocused();
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await expect(line("1,500")).toBeFocused();
  await page.keyboard.press("j");
  await expect(line("1,501")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#L1501$/);
  const wrap = page.getByRole("button", { name: "Wrap long lines" });
  await expect(wrap).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("w");
  await expect(wrap).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("t");
  await expect(page.getByRole("combobox", { name: "Times" })).toHaveText(/UTC/);
  await page.keyboard.press("G");
  await expect(line("3,000")).toBeInViewport();
  // the lines themselves are never read out unasked, only how many there are
  await expect(log).toHaveAttribute("aria-live", "off");
  await expect(page.locator(".logview [aria-live=polite]")).toHaveText("The log has ended with 3,000 lines.");
});
