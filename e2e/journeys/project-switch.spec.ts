import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, reached, runTask } from "../rpc.ts";

test("a project is switched to by keys, and stays while its lists are gone through", async ({ page, server, git }) => {
  for (const name of ["switched-on", "switched-off"]) {
    await git.push(`switch/${name}`, { "ame.yaml": projectFile(name, [{ name: `of ${name}`, command: "true" }]) });
    const { id: projectId } = await addSource(server, { repository: git.url(`switch/${name}`) });
    await reached(server, await runTask(server, { projectId, taskName: `of ${name}` }), "SUCCEEDED");
  }

  await page.goto("/tasks?q=switched");
  await expect(page.getByText("2 match")).toBeVisible();
  const choice = page.getByRole("combobox", { name: "Project" });
  await choice.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("option", { name: "switched-on" })).toBeVisible();
  await page.keyboard.type("switched-on");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tasks\?(?=.*q=switched)(?=.*project=switched-on)/);
  await expect(page.getByText("1 match")).toBeVisible();

  const rail = page.getByRole("navigation", { name: "Main" });
  await rail.getByRole("link", { name: "Sources" }).click();
  await expect(page).toHaveURL(/\/sources\?project=switched-on$/);
  await expect(page.getByRole("grid").getByText("switch/switched-on")).toBeVisible();
  await expect(page.getByText("switch/switched-off")).toHaveCount(0);

  await rail.getByRole("link", { name: "Overview", exact: true }).click();
  await expect(page.getByRole("link", { name: /1 Succeeded/ })).toHaveAttribute("href", /project=switched-on/);
  await page.reload();
  await expect(choice).toHaveText("switched-on");

  await rail.getByRole("link", { name: "Workers" }).click();
  await expect(choice).toHaveText("All projects");
  await rail.getByRole("link", { name: "Tasks" }).click();
  await expect(page).toHaveURL(/\/tasks\?project=switched-on$/);

  await page.getByRole("grid").getByText("of switched-on").click();
  await expect(page).toHaveURL(/\/tasks\/\d+/);
  await page.setViewportSize({ width: 390, height: 844 });
  await choice.click();
  await page.getByRole("option", { name: "switched-off" }).click();
  await expect(page).toHaveURL(/\/tasks\?project=switched-off$/);
  await expect(page.getByText("1 match")).toBeVisible();
});
