import { expect, test } from "../fixtures.ts";
import { submit } from "../rpc.ts";

test("eight tabs are all live, and stay so when the one that listens for them is closed", async ({
  context,
  server,
  gate,
}) => {
  await submit(server, `echo tabs; ${gate.wait()}`);
  const pages = await Promise.all(Array.from({ length: 8 }, () => context.newPage()));
  for (const page of pages) {
    await page.goto("/tasks?q=echo+tabs");
    await expect(page.getByRole("row", { name: /echo tabs/ })).toContainText("Running");
    await expect(page.getByRole("banner").getByRole("status")).toHaveText("Live");
  }
  const [first, ...others] = pages;
  await first?.close();
  await gate.open();
  for (const page of others) {
    await expect(page.getByRole("row", { name: /echo tabs/ })).toContainText("Succeeded");
    await expect(page.getByRole("banner").getByRole("status")).toHaveText("Live");
  }
});
