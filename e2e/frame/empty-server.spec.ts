import { expect, test, testAlone } from "../fixtures.ts";

testAlone("a server without anything says on every page what it is for and how to begin", async ({ page }) => {
  const begin = async (path: string, title: string, act: string) => {
    await page.goto(path);
    await expect(page.getByText(title, { exact: true })).toBeVisible();
    await expect(page.getByRole("main").locator("a, button").filter({ hasText: act }).first()).toBeVisible();
  };
  await begin("/", "Run the first task", "Run a task");
  await begin("/tasks", "Nothing has run yet", "Add a source");
  await begin("/projects", "No project is known yet", "Add a source");
  await begin("/sources", "No repository is watched yet", "Add a source");
  await begin("/secrets", "No secret is kept yet", "Create a secret");
  await page.goto("/");
  await page.getByRole("button", { name: "Run a task" }).click();
  const dialog = page.getByRole("dialog", { name: "Run a task" });
  await expect(dialog).toContainText("There is no task to run yet");
  await dialog.getByRole("link", { name: "Add a source" }).click();
  await expect(page.getByRole("dialog", { name: "Add a source" })).toBeVisible();
});

test("an address that leads nowhere says so and leads back", async ({ page }) => {
  await page.goto("/nothing/here");
  await expect(page).toHaveTitle("Page not found · Tributary");
  await page.getByRole("link", { name: "Go to the overview" }).click();
  await expect(page).toHaveURL("/");
});
