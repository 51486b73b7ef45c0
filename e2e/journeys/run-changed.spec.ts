import { expect, test } from "../fixtures.ts";
import { call, reached, submit } from "../rpc.ts";

test("tasks that failed for want of something are run again with it, many at once and one alone", async ({
  page,
  server,
}) => {
  const ids: number[] = [];
  for (const part of ["a", "b"]) ids.push(await submit(server, `test -n "$BATCH" # changed-${part}`));
  for (const id of ids) await reached(server, id, "FAILED");

  await page.goto("/tasks?q=changed-&state=failed");
  await expect(page.getByText("2 match")).toBeVisible();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  const bar = page.getByRole("toolbar", { name: "Selected rows" });
  await bar.getByRole("button", { name: "Run again with changes…" }).click();
  const dialog = page.getByRole("dialog", { name: "Run 2 tasks again with changes?" });
  await dialog.getByRole("button", { name: "Add a variable" }).click();
  await dialog.getByRole("textbox", { name: "Name 1" }).fill("BATCH");
  await dialog.getByRole("textbox", { name: "Value of BATCH" }).fill("64");
  await dialog.getByRole("button", { name: "Run 2 tasks again" }).click();
  await expect(dialog).toBeHidden();
  const again = async () => {
    const filter = { text: "changed-", states: ["TASK_STATE_SUCCEEDED"] };
    const answer = await call<{ tasks?: { retryOf?: number }[] }>(server, "tributary.v1.TaskService/ListTasks", {
      filter,
    });
    return (answer.tasks ?? []).map(({ retryOf }) => retryOf).sort();
  };
  await expect.poll(again, { timeout: 60_000 }).toEqual(ids);

  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/tasks/${ids[0]}`);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Change and run again" }).click();
  const one = page.getByRole("dialog", { name: /again with changes/ });
  await one.getByRole("button", { name: "Add a variable" }).click();
  await one.getByRole("textbox", { name: "Name 1" }).fill("BATCH");
  await one.getByRole("textbox", { name: "Value of BATCH" }).fill("128");
  await one.getByRole("button", { name: "Run again" }).click();
  await expect(page).not.toHaveURL(new RegExp(`/tasks/${ids[0]}$`));
  await page.getByRole("tab", { name: /Parameters/ }).click();
  await expect(page.getByText("128")).toBeVisible();
});
