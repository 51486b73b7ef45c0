import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures.ts";
import { projectFile } from "../project-file.ts";
import { addSource, call, reached, runTask } from "../rpc.ts";

const first = "-----BEGIN KEY-----\nc2VjcmV0LWxpbmUtb25l\nc2VjcmV0LWxpbmUtdHdv\n-----END KEY-----\n";
const second = "second-value-4f0c9a";

/** Every byte that answers bring into the page from now on, streams too. */
async function hearAnswers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    const real = window.fetch;
    window.fetch = async (...ask) => {
      const response = await real(...ask);
      const reader = response.clone().body?.pipeThrough(new TextDecoderStream()).getReader();
      const listen = async () => {
        for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) heard.push(part.value);
      };
      // what the page itself breaks off is none of ours
      void listen().catch(() => {});
      return response;
    };
  });
}

/** Everything in which a page could keep or show something. */
async function contentsOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const fields = [...document.querySelectorAll<HTMLInputElement>("input, textarea")].map(({ value }) => value);
    const { heard } = window as unknown as { readonly heard: readonly string[] };
    const kept = [localStorage, sessionStorage, history.state].map((each) => JSON.stringify(each));
    return [
      document.documentElement.outerHTML,
      location.href,
      document.cookie,
      heard.join(""),
      ...kept,
      ...fields,
    ].join("\n");
  });
}

async function expectNowhere(page: Page, ...values: readonly string[]): Promise<void> {
  const contents = await contentsOf(page);
  // it does listen: to answers, and to the stream of changes
  expect(contents).toContain('"key":"deploy-key"');
  expect(contents).toContain('"secretsChanged":true');
  for (const value of values) for (const line of value.trim().split("\n")) expect(contents).not.toContain(line);
}

test("a secret of many lines is created and replaced, and its value is nowhere afterwards", async ({ page }) => {
  await hearAnswers(page);
  await page.goto("/secrets");
  await page.getByRole("link", { name: "Create a secret" }).first().click();
  const creating = page.getByRole("dialog", { name: "Create a secret" });
  await creating.getByLabel("Key", { exact: true }).fill("deploy-key");
  await creating.getByLabel("Value", { exact: true }).fill(first ?? "");
  await expect(creating).toContainText("5 lines");
  await creating.getByRole("button", { name: "Create the secret" }).click();
  await expect(creating).toBeHidden();
  const row = page.getByRole("row", { name: /deploy-key/ });
  await expect(row).toContainText("v1");
  await expectNowhere(page, first);

  await row.getByRole("link", { name: "Replace" }).click();
  const replacing = page.getByRole("dialog", { name: "Replace deploy-key" });
  await expect(replacing.getByLabel("New value")).toHaveValue("");
  await replacing.getByLabel("New value").fill(second);
  await replacing.getByRole("button", { name: "Save as version 2" }).click();
  await expect(replacing).toBeHidden();
  await expect(row).toContainText("v2");
  await page.goBack();
  await page.goForward();
  await expectNowhere(page, first, second);
});

test("a task that prints its secret has stars in its log, and deleting that secret is warned against", async ({
  page,
  git,
  server,
}) => {
  const value = "printed-value-77b1e2";
  await page.goto("/secrets?act=create&key=api-token");
  const creating = page.getByRole("dialog", { name: "Create a secret" });
  await creating.getByLabel("Value", { exact: true }).fill(value);
  await creating.getByRole("button", { name: "Create the secret" }).click();
  await expect(creating).toBeHidden();
  const tasks = [{ name: "tell", command: "echo the token is $TOKEN", secrets: { TOKEN: "api-token" } }];
  await git.push("team/telling", { "ame.yaml": projectFile("telling", tasks) });
  const { id } = await addSource(server, { repository: git.url("team/telling") });
  const taskId = await runTask(server, { projectId: id, taskName: "tell" });
  await reached(server, taskId, "SUCCEEDED");

  await page.goto(`/tasks/${taskId}`);
  const log = page.getByRole("log", { name: "Log of tell" });
  await expect(log).toContainText("the token is ***");
  await expect(log).not.toContainText(value);

  await page.goto("/secrets");
  const row = page.getByRole("row", { name: /api-token/ });
  await expect(row).toContainText("1 task");
  await expect(row.getByRole("link", { name: `#${taskId}` })).toBeVisible();
  await row.getByRole("button", { name: "More for api-token" }).click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const deleting = page.getByRole("dialog", { name: "Delete api-token?" });
  await expect(deleting).toContainText("This breaks 1 task");
  await expect(deleting).toContainText("telling / tell");
  const confirm = deleting.getByRole("button", { name: "Delete the secret" });
  await expect(confirm).toBeDisabled();
  await deleting.getByLabel("Type api-token to confirm").fill("api-token");
  await confirm.click();
  await expect(deleting).toBeHidden();
  await expect(row).toHaveCount(0);

  await page.goto(`/projects/${id}`);
  await page.getByRole("button", { name: "Run tell" }).click();
  await expect(page.getByRole("dialog", { name: "Run a task" })).toContainText(
    "It reads the secret api-token, which does not exist.",
  );
});

test("the master key is rotated from the page, the old one dropped, and secrets go on being masked", async ({
  page,
  git,
  server,
}) => {
  const value = "value-under-two-keys-5c21";
  await page.goto("/secrets?act=create&key=api-token");
  const creating = page.getByRole("dialog", { name: "Create a secret" });
  await creating.getByLabel("Value", { exact: true }).fill(value);
  await creating.getByRole("button", { name: "Create the secret" }).click();
  await expect(creating).toBeHidden();
  await page.getByRole("link", { name: "Master keys" }).click();
  const dialog = page.getByRole("dialog", { name: "Master keys" });
  const table = dialog.getByRole("table", { name: "Master keys" });
  const first = await table
    .getByRole("row", { name: /seals new values/ })
    .locator("td")
    .first()
    .textContent();
  await dialog.getByRole("button", { name: "Rotate to a new key" }).click();
  await expect(table.getByRole("row", { name: /opens old values/ })).toContainText(first ?? "no id");
  await expect(dialog).toContainText("Every value is sealed under the current key.");
  // Whatever other journeys have left on this server is sealed anew, too: every value is under the new key, none under the old.
  const valuesUnder = (row: RegExp) => table.getByRole("row", { name: row }).getByRole("cell").nth(2);
  const { secrets } = await call<{ readonly secrets: readonly object[] }>(
    server,
    "tributary.v1.SecretService/ListSecrets",
    {},
  );
  await expect(valuesUnder(/opens old values/)).toHaveText("0");
  expect(Number(await valuesUnder(/seals new values/).textContent())).toBeGreaterThanOrEqual(secrets.length);
  await dialog.getByRole("button", { name: `Drop ${first}` }).click();
  const dropping = page.getByRole("dialog", { name: `Drop the master key ${first}?` });
  await dropping.getByLabel(`Type ${first} to confirm`).fill(first ?? "");
  await dropping.getByRole("button", { name: "Drop the key" }).click();
  await expect(dropping).toBeHidden();
  await expect(table.getByRole("row")).toHaveCount(2);
  await dialog.getByRole("button", { name: "Close" }).last().click();

  const tasks = [{ name: "tell", command: "echo the token is $TOKEN", secrets: { TOKEN: "api-token" } }];
  await git.push("team/rotated", { "ame.yaml": projectFile("rotated", tasks) });
  const { id } = await addSource(server, { repository: git.url("team/rotated") });
  const taskId = await runTask(server, { projectId: id, taskName: "tell" });
  await reached(server, taskId, "SUCCEEDED");
  await page.goto(`/tasks/${taskId}`);
  await expect(page.getByRole("log", { name: "Log of tell" })).toContainText("the token is ***");
  await page.goto("/secrets?open=api-token");
  await expect(page.getByRole("table", { name: "Versions of api-token" })).toContainText(`#${taskId}`);
});
