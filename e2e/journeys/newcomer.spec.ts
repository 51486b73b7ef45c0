import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, call, reached, runTask } from "../rpc.ts";

test("a newcomer finds who uses a secret, and who read it last", async ({ page, server, git }) => {
  await call(server, "tributary.v1.SecretService/CreateSecret", { key: "newcomer-token", value: "not for reading" });
  const task = { name: "ask", command: "true", secrets: { TOKEN: "newcomer-token" } };
  await git.push("newcomer/asking", { "ame.yaml": projectFile("asking", [task]) });
  const repository = git.url("newcomer/asking");
  const { id: projectId } = await addSource(server, { repository, username: "reader", secretKey: "newcomer-token" });
  const id = await runTask(server, { projectId, taskName: "ask" });
  await reached(server, id, "SUCCEEDED");

  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Secrets" }).click();
  const row = page.getByRole("row", { name: /newcomer-token/ });
  await expect(row.getByRole("link", { name: `#${id}` })).toBeVisible();
  await row.getByRole("link", { name: "1 task, 1 source" }).click();
  await expect(page).toHaveURL("/secrets?open=newcomer-token");
  await expect(page.getByRole("heading", { name: "Who uses it" })).toBeVisible();
  const grid = page.getByRole("grid");
  await expect(grid.getByRole("link", { name: /newcomer\/asking/ })).toHaveAttribute("href", `/sources/${projectId}`);
  await grid.getByRole("link", { name: "asking / ask" }).click();
  await expect(page).toHaveURL("/tasks?project=asking&name=ask");
  await expect(page.getByText("1 matches")).toBeVisible();

  // and from a run back to the secret
  await page.getByRole("grid").getByRole("link", { name: "ask", exact: true }).click();
  await page.getByRole("tab", { name: /Parameters/ }).click();
  await page.getByRole("tabpanel").getByRole("link", { name: "newcomer-token" }).click();
  await expect(page.getByRole("heading", { name: "Who uses it" })).toBeVisible();
});

test("a newcomer finds what a task waits for, and what becomes of it", async ({ page, server, git, gate }) => {
  const file = `name: waits
dataSets:
  - name: numbers
    path: data
    task:
      name: make-numbers
      executor: !custom {pythonVersion: "3", command: ${JSON.stringify(`${gate.wait("numbers")}; mkdir data; echo 1 > data/a`)}}
tasks:
  - name: sum
    executor: !custom {pythonVersion: "3", command: "cat data/a"}
    dataSets: [numbers]
`;
  await git.push("newcomer/waits", { "ame.yaml": file });
  const { id: projectId } = await addSource(server, { repository: git.url("newcomer/waits") });
  const id = await runTask(server, { projectId, taskName: "sum" });

  // the overview says that something waits and why, and leads to the list
  await page.goto("/");
  await page.getByRole("main").getByRole("link", { name: "Why they wait" }).click();
  await expect(page).toHaveURL("/tasks?state=waiting,queued&order=oldest");
  const row = page.getByRole("row", { name: /^Select sum/ });
  await row.getByRole("button", { name: /Waits for data set waits\.numbers/ }).click();
  await expect(page.getByRole("grid")).toContainText(/data set waits\.numbers: task \d+ make-numbers (runs|is queued)/);
  await row.getByRole("link", { name: "sum" }).click();
  await page.getByRole("tab", { name: /Lineage/ }).click();
  await page
    .getByRole("tabpanel")
    .getByRole("link", { name: /make-numbers #/ })
    .click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("make-numbers");
  await page.getByRole("tab", { name: /Lineage/ }).click();
  await expect(page.getByRole("tabpanel")).toContainText("the making of the data set waits.numbers");
  await gate.open("numbers");
  await page
    .getByRole("tabpanel")
    .getByRole("link", { name: `sum #${id}` })
    .click();
  await expect(page).toHaveTitle(/^Succeeded · sum/);
});
