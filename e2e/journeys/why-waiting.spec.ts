import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource } from "../rpc.ts";

const sentence = /No worker has 6400 CPUs: the largest has [\d.]+ CPUs?/;

test("a task that no worker can take says why, in the list and on its page", async ({ page, git, server }) => {
  await git.push("team/huge", {
    "ame.yaml": projectFile("huge", [{ name: "simulate", command: "true", resources: { cpu: "1" } }]),
  });
  const { id } = await addSource(server, { repository: git.url("team/huge") });
  await page.goto(`/sources/${id}`);
  await page.getByRole("button", { name: "Run simulate" }).click();
  const dialog = page.getByRole("dialog", { name: "Run a task" });
  await dialog.getByLabel("Value of cpu").fill("6400");
  await dialog.getByRole("button", { name: "Run simulate" }).click();

  await expect(page).toHaveTitle("Queued · simulate · Tributary");
  const main = page.getByRole("main");
  await expect(main).toContainText(sentence);
  await expect(main).toContainText("Ask for less, or add a worker that is large enough.");
  await expect(main).toContainText("6400 CPUs are asked for");

  await page.goto("/tasks?project=huge");
  const row = page.getByRole("row", { name: /^Select simulate/ });
  await expect(row).toContainText(sentence);
  await row.getByRole("button", { name: sentence }).click();
  await expect(page.getByText("What was checked")).toBeVisible();
  await expect(page.getByRole("grid")).toContainText("6400 CPUs are asked for");
  await page.getByRole("grid").getByRole("button", { name: "Cancel" }).click();
  await expect(row).toContainText("Cancelled");
});
