import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, test, testAlone } from "../fixtures.ts";
import { listTasks } from "../rpc.ts";

const method = "taskqueue.TaskQueue/SubmitTask";

/** A page of somebody else, with a form that posts what looks like a call. */
async function startForeignSite(target: string) {
  const body = JSON.stringify({ command: "echo stolen by form", container: "" }).replaceAll('"', "&quot;");
  const html = `<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>
    <form method="post" enctype="text/plain" action="${target}/${method}"><input name="${body}"><button>Win</button></form>`;
  const site = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end(html));
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return {
    url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections();
      site.close();
      await once(site, "close");
    },
  };
}

/** Calls as a script of the page; a status, or that nothing came back. */
function fetchFrom(page: Page, url: string, type: string, command: string, mode: RequestMode): Promise<string> {
  return page.evaluate(
    async ([url, type, command, mode]) => {
      const ask = { method: "POST", mode, headers: { "content-type": type }, body: JSON.stringify({ command }) };
      return fetch(url, ask).then(
        ({ status, type: kind }) => `${kind} ${status}`,
        () => "refused",
      );
    },
    [url, type, command, mode] as const,
  );
}

testAlone("a page of another origin can start no task", async ({ page, freshServer, faults }) => {
  faults.allow(/CORS policy|net::ERR_FAILED|status of 403|favicon\.ico/);
  const call = `${freshServer.url}/${method}`;
  // the same call from our own page works, so that what follows is not refused for its form
  await page.goto("/");
  expect(await fetchFrom(page, call, "application/json", "echo ours", "cors")).toBe("basic 200");
  await using site = await startForeignSite(freshServer.url);
  await page.goto(site.url);
  expect(await fetchFrom(page, call, "application/json", "echo stolen", "cors")).toBe("refused");
  expect(await fetchFrom(page, call, "text/plain", "echo stolen", "cors")).toBe("refused");
  // the page is told nothing of this one, whatever became of it
  expect(await fetchFrom(page, call, "text/plain", "echo stolen", "no-cors")).toMatch(/^opaque|^refused/);
  const posted = page.waitForResponse(call);
  await page.getByRole("button", { name: "Win" }).click();
  expect((await posted).status()).toBe(403);
  expect((await listTasks(freshServer)).map(({ title }) => title)).toEqual(["echo ours"]);
});

test("a page of another origin can show none of ours in a frame", async ({ page, server, faults }) => {
  faults.allow(/frame-ancestors|ERR_BLOCKED_BY_RESPONSE/);
  await using site = await startForeignSite(server.url);
  await page.goto(site.url);
  await page.evaluate((url) => {
    const frame = document.createElement("iframe");
    frame.src = url;
    document.body.append(frame);
    return new Promise((resolve) => frame.addEventListener("load", resolve));
  }, server.url);
  expect(page.frames().map((frame) => frame.url())).not.toContain(`${server.url}/`);
});
