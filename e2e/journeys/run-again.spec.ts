import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, reached, runTask } from "../rpc.ts";

const echo = { name: "echo", command: "echo rate is $RATE", variables: { RATE: "0.1" } };

test("a run is repeated with another parameter, and every run of the task is a list", async ({ page, server, git }) => {
  await git.push("again/rates", { "ame.yaml": projectFile("rates-again", [echo]) });
  const { id: projectId } = await addSource(server, { repository: git.url("again/rates") });
  const variables = [
    { name: "RATE", value: "0.3" },
    { name: "FOLD", value: "7" },
  ];
  const first = await runTask(server, { projectId, taskName: "echo", variables });
  await reached(server, first, "SUCCEEDED");
  await page.goto(`/tasks/${first}`);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: /Change and run again/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText(`Filled in as task #${first} was run.`);
  const fields = dialog.getByRole("textbox");
  const values = () => fields.evaluateAll((all) => all.map((each) => (each as HTMLInputElement).value));
  expect(await values()).toEqual(expect.arrayContaining(["RATE", "0.3", "FOLD", "7"]));
  await fields.nth((await values()).indexOf("0.3")).fill("0.9");
  await dialog.getByRole("button", { name: /^Run / }).click();
  await expect(page.getByRole("log")).toContainText("rate is 0.9");
  await page.getByRole("tab", { name: /Parameters/ }).click();
  await expect(page.getByText("0.9", { exact: true })).toBeVisible();
  await expect(page.getByText("7", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "All runs of this task" }).click();
  await expect(page).toHaveURL("/tasks?project=rates-again&name=echo");
  await expect(page.getByText("2 match")).toBeVisible();
});

test("what a page shows is copied as a call that answers it elsewhere", async ({ page, context, server, git }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  await git.push("again/copied", { "ame.yaml": projectFile("copied-calls", [echo]) });
  const { id: projectId } = await addSource(server, { repository: git.url("again/copied") });
  const id = await runTask(server, { projectId, taskName: "echo" });
  await reached(server, id, "SUCCEEDED");
  await page.goto(`/tasks/${id}`);
  await page.getByRole("button", { name: "Copy as" }).click();
  await page.getByRole("menuitem", { name: /JavaScript\s*Read its log/ }).click();
  await expect(page.getByText("Copied as JavaScript")).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain("/tributary.v1.LogService/ReadLogLines");
  const call = text.replace("await answer.json()", "return answer.json()");
  const run = new Function(`return (async () => { ${call} })()`) as () => Promise<{ lines: { text: string }[] }>;
  expect((await run()).lines.map((line) => line.text)).toContain("rate is 0.1");
});

test("keys lead everywhere, and a sheet lists them", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await expect(sheet).toContainText("Search the whole log");
  await page.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await page.keyboard.press("g");
  await page.keyboard.press("f");
  await expect(page).toHaveURL("/tasks?state=failed&since=24h");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search pages, tasks and what can be run" }).fill("all keys");
  await page.keyboard.press("Enter");
  await expect(sheet).toBeVisible();
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Filter tasks by name" }).fill("g");
  await page.keyboard.type("w?");
  await expect(page).toHaveURL(/q=gw/);
  await expect(sheet).toBeHidden();
});
