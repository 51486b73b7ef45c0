import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, call } from "../rpc.ts";

const file = projectFile("private", [{ name: "greet", command: "echo hello" }]);

async function fillSource(page: Page, repository: string): Promise<void> {
  await page.goto("/sources?act=add");
  const dialog = page.getByRole("dialog", { name: "Add a source" });
  await dialog.getByLabel("Repository").fill(repository);
  await dialog.getByRole("button", { name: "Add and sync" }).click();
}

test("a repository without a project file says so, and is well as soon as it has one", async ({ page, git }) => {
  await git.push("team/empty", { "readme.md": "nothing yet" });
  await fillSource(page, git.url("team/empty"));
  const panel = page.getByRole("region", { name: "team/empty" });
  await expect(panel).toContainText("No project file");
  await expect(panel).toContainText("has no ame.yaml at its root on branch main");
  await expect(page).toHaveTitle("No project file · team/empty · Tributary");
  const inRail = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Sources/ });
  await expect(inRail.getByRole("img", { name: "Failed" })).toBeVisible();

  await git.push("team/empty", { "ame.yaml": file });
  await panel.getByRole("button", { name: "Sync now" }).click();
  await expect(panel.getByText("Synced", { exact: true })).toBeVisible();
  await expect(panel.getByRole("button", { name: "Run greet" })).toBeVisible();
});

test("a wrong password is told as such; with the right secret the source becomes well", async ({
  page,
  git,
  server,
}) => {
  await git.push("team/private", { "ame.yaml": file });
  git.requireLogin("team/private", { username: "ana", password: "the-right-password" });
  for (const [key, value] of [
    ["git-old", "the-wrong-password"],
    ["git-new", "the-right-password"],
  ]) {
    await call(server, "tributary.v1.SecretService/CreateSecret", { key, value });
  }
  const settings = { repository: git.url("team/private"), username: "ana", secretKey: "git-old" };
  const { id } = await addSource(server, settings);

  await page.goto("/sources");
  const grid = page.getByRole("grid", { name: "Sources" });
  await expect(grid.getByRole("row", { name: /Access refused.*team\/private/ })).toBeVisible();
  await expect(grid).toContainText("refuses the login");
  await page.goto(`/sources/${id}`);
  const panel = page.getByRole("region", { name: "team/private" });
  await expect(panel).toContainText("Access refused");
  await expect(panel).toContainText("check the source's user name and secret");
  await panel.getByRole("link", { name: "Use another secret…" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit team/private" });
  await dialog.getByRole("combobox", { name: /^Secret(?! of)/ }).click();
  await page.getByRole("option", { name: "git-new" }).click();
  await dialog.getByRole("button", { name: "Save and sync" }).click();
  await expect(dialog).toBeHidden();
  await expect(panel.getByText("Synced", { exact: true })).toBeVisible();
  await expect(panel.getByRole("button", { name: "Run greet" })).toBeVisible();
});

test("an address that cannot be used is refused at its field, and what was typed stays", async ({ page, faults }) => {
  // the browser writes down every answer that is an error
  faults.allow(/status of 400/);
  await fillSource(page, "ftp://files.example/project");
  const dialog = page.getByRole("dialog", { name: "Add a source" });
  const field = dialog.getByLabel("Repository");
  await expect(field).toHaveAccessibleDescription(/ftp:\/\/ is not allowed; give an address/i);
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveValue("ftp://files.example/project");
  await field.fill("");
  await dialog.getByRole("button", { name: "Add and sync" }).click();
  await expect(field).toHaveAccessibleDescription("Write the address of a git repository.");
});

test("a source is deleted after a question, and not without", async ({ page, git, server }) => {
  await git.push("team/old", { "ame.yaml": file });
  const { id } = await addSource(server, { repository: git.url("team/old") });
  await page.goto(`/sources/${id}`);
  const remove = async () => {
    await page.getByRole("region", { name: "team/old" }).getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
  };
  const dialog = page.getByRole("dialog", { name: "Delete team/old?" });
  await remove();
  await expect(dialog).toContainText("Its task can no longer be run.");
  await dialog.getByRole("button", { name: "Keep it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("region", { name: "team/old" })).toBeVisible();
  await remove();
  await dialog.getByRole("button", { name: "Delete the source" }).click();
  await expect(page).toHaveURL("/sources");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sources");
  await expect(page.getByText("team/old")).toHaveCount(0);
});
