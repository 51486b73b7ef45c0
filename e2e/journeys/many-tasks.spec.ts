import { expect, test } from "../fixtures.ts";
import { call, reached, submit } from "../rpc.ts";

test("many tasks are cancelled by what they match; it goes on without the page, and refusals say why", async ({
  page,
  server,
  gate,
}) => {
  const ids: number[] = [];
  for (let n = 0; n < 130; n++) ids.push(await submit(server, `echo herd ${n}; ${gate.wait("herd")}`));
  await page.goto("/tasks");
  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill("herd");
  await expect(page.getByText("130 match")).toBeVisible();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  const bar = page.getByRole("toolbar", { name: "Selected rows" });
  await bar.getByRole("button", { name: "Select all 130 that match" }).click();
  await bar.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("button", { name: "Cancel 130 tasks" }).click();
  await expect(page.getByRole("region", { name: "Acts on many tasks" })).toContainText("Cancel");
  await page.close();

  const other = await page.context().newPage();
  await other.goto("/tasks?q=herd");
  const notes = other.getByRole("region", { name: "Acts on many tasks" });
  await expect(notes).toContainText("130 tasks");
  await expect(notes).toContainText("by local");
  await expect(other.getByRole("row", { name: /^Select .*herd/ }).first()).toContainText("Cancelled");
  const { batches } = await call<{ batches: { done: number; state: string }[] }>(
    server,
    "tributary.v1.TaskBatchService/ListTaskBatches",
    {},
  );
  expect(batches[0]).toMatchObject({ done: 130, state: "TASK_BATCH_STATE_DONE" });
  expect(ids).toHaveLength(130);

  const [done, waits] = [
    await submit(server, "echo flock one"),
    await submit(server, `echo flock two; ${gate.wait("flock")}`),
  ];
  await reached(server, done, "SUCCEEDED");
  await call(server, "tributary.v1.TaskBatchService/CreateTaskBatch", {
    act: "TASK_BATCH_ACT_RETRY",
    tasks: { ids: [done, waits] },
  });
  await expect(notes).toContainText("1 refused");
  await notes.getByRole("button", { name: "Why" }).click();
  const refusals = other.getByRole("dialog", { name: "One task refused" });
  await expect(refusals).toContainText(`task ${waits} has not ended`);
  await refusals.getByRole("link", { name: `#${waits}` }).click();
  await expect(other).toHaveURL(`/tasks/${waits}`);
  await gate.open("flock");
});

test("a view is saved once and found by everybody", async ({ page, server, browser }) => {
  await reached(server, await submit(server, "echo vista; exit 9"), "FAILED");
  await page.goto("/tasks");
  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill('state:failed reason:"code 9" vista');
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Reason has code 9" })).toBeVisible();
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Exit", exact: true }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.getByRole("textbox", { name: "Name of the view" }).fill("Vistas that fail");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("link", { name: "Vistas that fail" })).toHaveAttribute("aria-current", "page");

  const context = await browser.newContext({ baseURL: server.url });
  const other = await context.newPage();
  await other.goto("/tasks");
  await other.getByRole("link", { name: "Vistas that fail" }).click();
  await expect(other.getByRole("row", { name: /^Select .*vista/ })).toHaveCount(1);
  await expect(other.getByRole("columnheader", { name: "Exit" })).toBeVisible();
  await other.getByRole("button", { name: "Remove filter Reason" }).click();
  await expect(other.getByRole("img", { name: "Changed and not saved" })).toBeVisible();
  await other.getByRole("button", { name: "View Vistas that fail" }).click();
  await other.getByRole("menuitem", { name: "Delete" }).click();
  await other.getByRole("button", { name: "Delete the view" }).click();
  // the first reader sees it go
  await expect(page.getByRole("link", { name: "Vistas that fail" })).toHaveCount(0);
  await context.close();
});
