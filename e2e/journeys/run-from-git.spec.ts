import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";

test("a repository is added, its task is run with another value, followed, found again, repeated and its log saved", async ({
  page,
  git,
  gate,
}) => {
  const command = `for n in $(seq $LIMIT); do echo counted $n; done; ${gate.wait()}; echo all counted`;
  await git.push("team/counting", {
    "ame.yaml": projectFile("counting", [{ name: "count", command, variables: { LIMIT: "3" } }]),
  });

  await page.goto("/sources");
  await page.getByRole("link", { name: "Add a source" }).first().click();
  const adding = page.getByRole("dialog", { name: "Add a source" });
  await adding.getByLabel("Repository").fill(git.url("team/counting"));
  await adding.getByRole("button", { name: "Add and sync" }).click();
  const panel = page.getByRole("region", { name: "team/counting" });
  await expect(panel.getByText("Synced", { exact: true })).toBeVisible();
  await expect(page).toHaveTitle("Synced · team/counting · Tributary");

  await panel.getByRole("button", { name: "Run count" }).click();
  const running = page.getByRole("dialog", { name: "Run a task" });
  await running.getByLabel("Value of LIMIT").fill("5");
  await running.getByRole("button", { name: "Run count" }).click();

  await expect(page).toHaveTitle("Running · count · Tributary");
  const log = page.getByRole("log", { name: "Log of count" });
  await expect(log).toContainText("counted 5");
  await expect(log).not.toContainText("all counted");
  await gate.open();
  await expect(log).toContainText("all counted");
  await expect(page).toHaveTitle("Succeeded · count · Tributary");
  await page.getByRole("tab", { name: /^Parameters/ }).click();
  await expect(page.getByRole("tabpanel")).toContainText("LIMIT");
  await expect(page.getByRole("tabpanel")).toContainText("5");

  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: /^Tasks/ })
    .click();
  const rows = page.getByRole("grid", { name: "Tasks" }).getByRole("row", { name: /count Succeeded|Succeeded count/ });
  await expect(rows).toHaveCount(1);
  await rows.getByRole("link", { name: "count" }).click();

  const first = page.url();
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(first);
  await expect(page).toHaveTitle("Succeeded · count · Tributary");
  await expect(page.getByRole("link", { name: /^repeats #/ })).toBeVisible();
  await expect(log).toContainText("counted 5");

  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("menuitem", { name: "The whole log" }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toMatch(/^task-\d+\.log$/);
  expect(await readFile(await file.path(), "utf8")).toContain(
    "counted 1\ncounted 2\ncounted 3\ncounted 4\ncounted 5\nall counted\n",
  );
});
