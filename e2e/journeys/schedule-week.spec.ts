import { expect, test } from "../fixtures.ts";
import { call } from "../rpc.ts";

test("a week shows what the clock has run, leads to the task, and goes on to the next week", async ({
  page,
  server,
}) => {
  test.setTimeout(180_000);
  const task = (name: string, schedule: string) => ({
    name,
    custom: { pythonVersion: "3", command: "true" },
    triggers: { schedule },
  });
  const tasks = [task("beat", "* * * * *"), task("daily", "30 9 * * *")];
  const cfg = { name: "week-journey", tasks };
  const project = await call<{ name: string }>(server, "ame.v1.AmeService/CreateProject", {
    cfg,
    enableTriggers: true,
  });
  await page.goto("/schedules");
  await page.getByRole("button", { name: "Week", exact: true }).click();
  await expect(page).toHaveURL(/view=week/);
  const today = page.getByRole("region", { name: /./ }).filter({ hasText: "today" });
  const ran = today
    .getByRole("link")
    .filter({ hasText: "beat" })
    .filter({ has: page.getByRole("img") })
    .first();
  await expect(ran).toBeVisible({ timeout: 120_000 });
  await call(server, "tributary.v1.ScheduleService/PauseSchedule", { id: `${project.name}/beat` });
  await ran.click();
  await expect(page).toHaveURL(/\/tasks\/\d+/);
  await page.goBack();
  await page.getByRole("link", { name: "Week after" }).click();
  const daily = page.getByRole("link").filter({ hasText: "daily" });
  await expect(daily).toHaveCount(7);
  await expect(page.getByRole("link").filter({ hasText: "beat" })).toHaveCount(0);
  await page.reload();
  await expect(daily).toHaveCount(7);
  await daily.first().click();
  await expect(page.getByText("Next times, as your clock shows them")).toBeVisible();
});
