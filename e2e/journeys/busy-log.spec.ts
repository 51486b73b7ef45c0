import type { Page } from "@playwright/test";
import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { expect, testAlone } from "../fixtures.ts";
import { heapOf, watchLongTasks } from "../measured-page.ts";
import { submit } from "../rpc.ts";
import { stopServer } from "../stop-server.ts";

/** Prints numbered lines, so many a second, until a file is there; then says how many they were. */
const printer = (perSecond: number, wait: string) => `python3 -uc '
import os, sys, time
wait = """${wait}""".split("-e ")[1].split(" ")[0]
began, n = time.time(), 0
while not os.path.exists(wait) and os.path.isdir(os.path.dirname(wait)):
    due = int((time.time() - began) * ${perSecond})
    sys.stdout.write("".join("row %d of a busy log\\n" % i for i in range(n + 1, due + 1)))
    n = max(n, due)
    time.sleep(0.01)
print("ended after %d rows" % n)
'; : busy-log`;

/** Rows that are drawn, by number, each with its text. */
function drawn(page: Page): Promise<readonly (readonly [number, string])[]> {
  return page
    .locator("[data-line]:has(.x)")
    .evaluateAll((rows) =>
      rows.map((row) => [Number(row.getAttribute("data-line")), row.querySelector(".x")?.textContent ?? ""] as const),
    );
}

testAlone(
  "50,000 lines a second are followed without a freeze, and without a gap or repeat when the server is killed meanwhile",
  async ({ page, freshServer, gate, faults }) => {
    testAlone.setTimeout(240_000);
    faults.allow(/net::ERR_/);
    const id = await submit(freshServer, printer(50_000, gate.wait()));
    await page.goto(`/tasks/${id}`);
    const log = page.getByRole("log");
    const tab = page.getByRole("tab", { name: /^Log / });
    const lines = async () => Number(((await tab.textContent()) ?? "").replaceAll(/\D/g, ""));
    await expect(log).toContainText("of a busy log");
    const longTasks = await watchLongTasks(page);
    await expect.poll(lines, { timeout: 60_000 }).toBeGreaterThan(250_000);
    const early = await heapOf(page);
    // what is shown is the end, and a row's text is its number
    const last = await lines();
    await expect.poll(async () => (await drawn(page)).at(-1)?.[0] ?? 0).toBeGreaterThan(last);
    for (const [number, text] of await drawn(page)) expect(text).toBe(text === "" ? "" : `row ${number} of a busy log`);

    await freshServer.kill();
    const again = await ServerProcess.start({
      dataFolder: freshServer.dataFolder,
      environment: { TRIBUTARY_PORT: new URL(freshServer.url).port },
    });
    try {
      const before = await lines();
      await expect.poll(lines, { timeout: 60_000 }).toBeGreaterThan(before + 250_000);
      expect(await heapOf(page)).toBeLessThan(early + 40);
      expect(Math.max(0, ...(await longTasks()))).toBeLessThan(1_000);
      await gate.open();
      await expect(log).toContainText(/ended after \d+ rows/, { timeout: 60_000 });
      await expect(page).toHaveTitle(/^Succeeded/, { timeout: 60_000 });
      const said = /ended after (\d+) rows/.exec((await log.textContent()) ?? "")?.[1];
      expect(await lines()).toBe(Number(said) + 1);
      // over the time without a server, and up through what the page has kept of both connections
      for (const at of [before - 300, before, before + 300, Number(said) - 30_000, Number(said) - 500]) {
        await page.goto(`/tasks/${id}#L${at}`);
        const marked = page.locator(`[data-line="${at}"]`);
        await expect(marked).toBeInViewport();
        await expect(marked).toContainText(`row ${at} of a busy log`);
        const rows = (await drawn(page)).filter(([, text]) => text !== "" && text.startsWith("row "));
        expect(rows.length).toBeGreaterThan(20);
        for (const [number, text] of rows) expect(text.startsWith(`row ${number} of a busy log`)).toBe(true);
      }
    } finally {
      await stopServer(again);
    }
  },
);
