import { expect, test } from "../fixtures.ts";

const places = [
  { name: "Executions", method: "flyteidl.service.AdminService/ListExecutions", says: "Flyte is not served yet" },
  { name: "Sessions", method: "armonik.api.grpc.v1.sessions.Sessions/ListSessions", says: "ArmoniK is not served yet" },
];

for (const { name, method, says } of places) {
  test(`${name} have a place, which says what the server says to their clients`, async ({ page, server }) => {
    const response = await fetch(`${server.url}/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(await response.json()).toMatchObject({ code: "unimplemented" });
    await page.goto("/");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
    await expect(page.getByRole("heading", { name: says })).toBeVisible();
    await expect(page).toHaveTitle(`${name} · Tributary`);
  });
}
