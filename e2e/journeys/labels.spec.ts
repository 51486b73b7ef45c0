import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, call, reached, runTask } from "../rpc.ts";

test("tasks are found, narrowed down and run again by their labels", async ({ page, server, git }) => {
  const task = { name: "tag", command: "true", labels: { team: "labelled", stage: "dev" } };
  await git.push("labels/tagged", { "ame.yaml": projectFile("tagged", [task]) });
  const { id: projectId } = await addSource(server, { repository: git.url("labels/tagged") });
  const folds = ["1", "2", "2"].map((value) => ({ labels: [{ key: "fold", value }] }));
  const ids: number[] = [];
  for (const labels of folds) ids.push(await runTask(server, { projectId, taskName: "tag", ...labels }));
  for (const id of ids) await reached(server, id, "SUCCEEDED");

  await page.goto("/tasks");
  await page.getByRole("button", { name: "Filter", exact: true }).click();
  await page.getByRole("menuitem", { name: "Label" }).click();
  const choice = page.getByRole("dialog", { name: "Label" });
  await choice.getByRole("textbox", { name: "Label" }).fill("team=labelled");
  await choice.getByRole("checkbox", { name: /^team=labelled/ }).check();
  await expect(page).toHaveURL(/label=team%3Dlabelled/);
  await page.keyboard.press("Escape");
  await expect(page.getByText("3 match")).toBeVisible();

  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill("label:fold=2 label:stage");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Label is fold=2, stage" })).toBeVisible();
  await expect(page.getByText("2 match")).toBeVisible();
  await page.reload();
  await expect(page.getByText("2 match")).toBeVisible();

  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  await page
    .getByRole("toolbar", { name: "Selected rows" })
    .getByRole("button", { name: "Run again", exact: true })
    .click();
  await page.getByRole("button", { name: "Run 2 tasks again" }).click();
  await expect(page.getByText("2 tasks").first()).toBeVisible();
  const again = async () =>
    call<{ tasks?: { id: number; retryOf?: number }[] }>(server, "tributary.v1.TaskService/ListTasks", {
      filter: { labels: ["fold=2"] },
    });
  await expect.poll(async () => (await again()).tasks?.length).toBe(4);

  const { tasks = [] } = await again();
  const repeat = tasks.find(({ retryOf }) => retryOf === ids[1]);
  await page.goto(`/tasks/${repeat?.id}?tab=lineage`);
  await expect(page.getByText("a batch that ran many tasks again, asked for by local")).toBeVisible();
  await page
    .getByRole("tabpanel")
    .getByRole("link", { name: `#${ids[1]}` })
    .click();
  await page.getByRole("tab", { name: /Lineage/ }).click();
  await expect(page.getByRole("tabpanel").getByRole("link", { name: `tag #${repeat?.id}` })).toBeVisible();
  await page.getByRole("tabpanel").getByRole("link", { name: "fold=2" }).click();
  await expect(page.getByText("4 match")).toBeVisible();
});
