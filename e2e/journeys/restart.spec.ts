import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { expect, testAlone } from "../fixtures.ts";
import { submit } from "../rpc.ts";
import { stopServer } from "../stop-server.ts";

testAlone(
  "a killed server is missed, and after its return the page is live and its log has every line",
  async ({ page, freshServer, gate, faults }) => {
    faults.allow(/net::ERR_/);
    const id = await submit(freshServer, `seq -f 'before %g' 500; ${gate.wait()}; seq -f 'after %g' 500; : restarted`);
    await page.goto(`/tasks/${id}`);
    const log = page.getByRole("log");
    const connection = page.getByRole("banner").getByRole("status");
    await expect(log.getByText("before 500", { exact: true })).toBeVisible();
    await expect(connection).toHaveText("Live");
    await page.evaluate(() => Object.assign(window, { stillTheSamePage: true }));

    await freshServer.kill();
    await expect(connection).toHaveText(/Connecting…|Offline/);
    // the task goes on without a server
    await gate.open();
    const { port } = new URL(freshServer.url);
    const again = await ServerProcess.start({
      dataFolder: freshServer.dataFolder,
      environment: { TRIBUTARY_PORT: port },
    });
    try {
      await expect(connection).toHaveText("Live", { timeout: 30_000 });
      await expect(log.getByText("after 500", { exact: true })).toBeVisible({ timeout: 30_000 });
      await expect(page).toHaveTitle(/^Succeeded/);
      await expect(page.getByRole("tab", { name: "Log 1,000" })).toBeVisible();
      await expect(page.getByRole("tab", { name: "Attempts 1" })).toBeVisible();
      await log.focus();
      await page.keyboard.press("g");
      await expect(log.getByText("before 1", { exact: true })).toBeVisible();
      expect(await page.evaluate(() => "stillTheSamePage" in window)).toBe(true);
    } finally {
      await stopServer(again);
    }
  },
);
