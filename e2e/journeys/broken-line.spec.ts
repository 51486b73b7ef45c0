import { expect, test } from "../fixtures.ts";
import { reached, submit } from "../rpc.ts";

test("a newcomer finds the line that broke a failed task among a million with one click", async ({ page, server }) => {
  test.setTimeout(180_000);
  const noise = "seq -f 'step %.0f went as it should' 1000000 | sed -e '734112i\\Traceback (most recent call last):'";
  const broke = "-e '734112i\\ValueError: 1,204 rows hold no price'";
  const id = await submit(server, `: breaks-late; ${noise} ${broke} -e '50000s/^/ERROR tried again: /'; exit 37`);
  await reached(server, id, "FAILED");
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Exit code 37" }).click();
  const log = page.getByRole("log");
  await expect(log.getByText("ValueError: 1,204 rows hold no price")).toBeInViewport();
  await expect(page).toHaveURL(/#L734113$/);
  await expect(page.getByRole("button", { name: "Copy link to 734,113" })).toBeVisible();
  const lead = page.getByRole("paragraph").filter({ hasText: "Exit code 37." });
  await expect(lead).toContainText("ValueError: 1,204 rows hold no price");
  await expect(lead.getByRole("link", { name: "Line 734,113" })).toHaveAttribute("href", /#L734113$/);
  // what came before it, and the errors that did not break it
  await page.getByRole("button", { name: "Previous error" }).click();
  await expect(log.getByText("Traceback (most recent call last):")).toBeInViewport();
  // the line stood in view before: the next step goes from where this one came to
  await expect(page).toHaveURL(/#L734112$/);
  await page.getByRole("button", { name: "Previous error" }).click();
  await expect(log.getByText("ERROR tried again: step 50000 went")).toBeInViewport();

  // a place of the reader's own is kept
  await page.goto(`/tasks/${id}#L12`);
  await expect(log.getByText("step 12 went as it should")).toBeInViewport();
  await expect(page).toHaveURL(/#L12$/);
});

test("on a phone too, in the dark", async ({ page, server }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  const id = await submit(server, ": breaks-small; seq -f 'step %g' 3000; echo 'ERROR: too small' >&2; exit 4");
  await reached(server, id, "FAILED");
  await page.goto("/tasks?q=breaks-small");
  await page
    .getByRole("link", { name: /breaks-small/ })
    .first()
    .click();
  await expect(page.getByRole("log").getByText("ERROR: too small")).toBeInViewport();
});
