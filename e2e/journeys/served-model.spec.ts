import { execFile } from "node:child_process";
import { promisify } from "node:util";
import AxeBuilder from "@axe-core/playwright";
import { modelProject } from "../../apps/server/test/models/model-project.ts";
import { expect, testAlone as test } from "../fixtures.ts";
import { addSource, call, until } from "../rpc.ts";

const run = promisify(execFile);

interface Served {
  readonly model: { readonly deployment?: { readonly version?: number; readonly readyReplicas?: number } };
}

test("a model is trained, validated and served, answers the call that its page shows, and is stopped", async ({
  page,
  freshServer: server,
  git,
}) => {
  test.setTimeout(240_000);
  await git.push("team/shop", modelProject({ deployment: "{replicas: 2, resources: {memory: 1Gi}}" }));
  await addSource(server, { repository: git.url("team/shop") });
  await page.goto("/");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Models" }).click();
  await page.getByRole("grid").getByRole("link", { name: "doubler" }).click();
  await expect(page).toHaveURL("/models/shop/doubler");
  await page.getByRole("button", { name: "Train" }).first().click();

  // what becomes of it shows by itself
  const main = page.getByRole("main");
  const versions = page.getByRole("table", { name: "Versions" });
  await expect(versions).toContainText("Valid", { timeout: 90_000 });
  const replicas = page.getByRole("table", { name: "Deployment" });
  await expect(replicas.getByText("Ready", { exact: true })).toHaveCount(3, { timeout: 90_000 });
  await expect(main).toContainText("Serves the newest valid version (v1)");
  await expect(versions).toContainText("served");
  await expect(versions).toContainText("rmse");
  await until("both replicas answer", async () => {
    const { model } = await call<Served>(server, "tributary.v1.ModelService/GetModel", { id: "shop/doubler" });
    return model.deployment?.readyReplicas === 2;
  });

  const request = (await main.getByRole("group", { name: "A request for predictions" }).textContent()) ?? "";
  const shown = await run("sh", ["-c", request.replace(/^curl /, "curl --silent --fail ")], { timeout: 30_000 });
  expect(JSON.parse(shown.stdout)).toMatchObject({
    predictions: [
      { doubled: 2, version: 1 },
      { doubled: 4, version: 1 },
    ],
  });
  const [, address = ""] = /(http:\S+invocations)/.exec(request) ?? [];

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    }
  }

  // each replica has its log
  await replicas.getByRole("link", { name: /^#/ }).first().click();
  await expect(page).toHaveURL(/\/tasks\/\d+/);
  await page.goBack();
  await main.getByRole("button", { name: "Stop", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop", exact: true }).click();
  await expect(main).toContainText("Not served");
  // its replicas end what they have begun
  const status = async () => (await fetch(address, { method: "POST", body: "{}" })).status;
  await expect.poll(status, { timeout: 60_000 }).toBe(503);
});
