import { expect, test } from "../fixtures.ts";

test("a worker is got from this machine, drained, resumed and given back, as it happens", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("/workers");
  await page.getByRole("link", { name: "Add workers" }).click();
  const dialog = page.getByRole("dialog", { name: "Add workers" });
  await dialog.getByRole("combobox", { name: "Where" }).click();
  await page.getByRole("option").nth(1).click();
  await dialog.getByRole("button", { name: "Get 1 worker" }).click();
  await expect(dialog).toBeHidden();

  const row = page.getByRole("row").filter({ hasText: /local-\d+/ });
  await expect(row).toContainText("Idle", { timeout: 90_000 });
  const head = page.getByRole("button", { name: "local · default" });
  await head.click();
  await expect(row).toHaveCount(0);
  await expect(page).toHaveURL(/fold=/);
  await page.reload();
  await expect(head).toHaveAttribute("aria-expanded", "false");
  await head.click();
  await row.getByRole("button", { name: /^More for local-/ }).click();
  await page.getByRole("menuitem", { name: "Drain" }).click();
  await expect(row).toContainText("Draining");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(row).toContainText("Idle");
  await row.getByText("0/").click();
  await expect(page.getByText(/Nothing (is queued|that is queued)/)).toBeVisible();
  await row.getByRole("link").first().click();
  const main = page.getByRole("main");
  await expect(main).toContainText("Tributary's own");
  await main.getByRole("button", { name: "Drain" }).click();
  await expect(main).toContainText("It is draining");
  await main.getByRole("button", { name: "Resume" }).click();
  await expect(main).not.toContainText("It is draining");

  await main.getByRole("link", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete worker" }).click();
  await page.goto("/workers");
  await expect(row.filter({ hasText: "Idle" })).toHaveCount(0, { timeout: 60_000 });
});

test("a machine of one's own gets a command with a token that a worker may use, once", async ({ page, server }) => {
  await page.goto("/workers?act=add");
  await page.getByRole("dialog").getByRole("textbox", { name: /Name/ }).fill("bench-3");
  await page.getByRole("button", { name: "Make a token and show the command" }).click();
  const shown = page.getByRole("group", { name: "Command that starts the worker" });
  await expect(shown).toContainText("--token trib_");
  const command = (await shown.textContent()) ?? "";
  const token = /--token (trib_\S+)/.exec(command)?.[1] ?? "";
  const register = (name: string) =>
    fetch(`${server.url}/tributary.v1.DispatchService/Register`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ workerId: `journey-${name}`, name, slots: 1 }),
    });
  expect(await (await register("another")).json()).toMatchObject({ code: "permission_denied" });
  expect((await register("bench-3")).status).toBe(200);
  await page.getByRole("button", { name: "Done" }).click();
  await page.reload();
  await expect(page.getByRole("row", { name: /bench-3/ })).toBeVisible();
  await expect(page.getByText(token)).toHaveCount(0);
});

test("a file for jobs of the Agent is uploaded and deleted", async ({ page }) => {
  await page.goto("/staged-files?act=upload");
  const dialog = page.getByRole("dialog", { name: "Upload a file" });
  const file = { name: "journey.py", mimeType: "text/x-python", buffer: Buffer.from("print(1)\n") };
  await dialog.getByLabel("File").setInputFiles(file);
  await dialog.getByRole("button", { name: "Upload" }).click();
  const row = page.getByRole("row", { name: /journey\.py/ });
  await expect(row).toContainText("9 B");
  await row.getByRole("button", { name: "Delete journey.py" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete file" }).click();
  await expect(row).toHaveCount(0);
});
