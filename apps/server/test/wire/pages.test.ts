import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "./app/app-server.ts";

let folder: string;
let server: AppServer;

/** As a build of the dashboard leaves it. */
function build(name: string): void {
  writeFileSync(join(folder, "index.html"), `<script src="/assets/${name}.js"></script>`);
  writeFileSync(join(folder, `assets/${name}.js`), `// ${name}`);
  writeFileSync(join(folder, "mark.svg"), "<svg/>");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "dashboard-"));
  mkdirSync(join(folder, "assets"));
  build("first");
  server = await startApp({ webFolder: folder });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const page = { headers: { accept: "text/html,*/*" } };

describe("the dashboard's files", () => {
  test("are served, pages of any address among them", async () => {
    for (const path of ["/", "/index.html", "/tasks/7", "/sources?x=1"]) {
      const answer = await fetch(`${server.url}${path}`, page);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain("first.js");
      expect(answer.headers.get("cache-control")).toBe("no-cache");
    }
    expect((await fetch(`${server.url}/`)).status).toBe(200);
    const script = await fetch(`${server.url}/assets/first.js`);
    expect(await script.text()).toBe("// first");
    expect(script.headers.get("cache-control")).toContain("immutable");
  });

  test("have an icon where browsers look for one", async () => {
    const icon = await fetch(`${server.url}/favicon.ico`);
    expect(icon.status).toBe(200);
    expect(icon.headers.get("content-type")).toContain("image/svg+xml");
    expect(await icon.text()).toBe("<svg/>");
  });

  test("that are not there are answered 404, to programs and for scripts", async () => {
    expect((await fetch(`${server.url}/assets/none.js`)).status).toBe(404);
    expect((await fetch(`${server.url}/tasks/7`)).status).toBe(404);
    expect((await fetch(`${server.url}/tasks/7`, { method: "POST" })).status).toBe(404);
  });

  test("of a new build are served without a restart", async () => {
    build("second");
    expect(await (await fetch(`${server.url}/`, page)).text()).toContain("second.js");
    expect(await (await fetch(`${server.url}/tasks`, page)).text()).toContain("second.js");
    expect(await (await fetch(`${server.url}/assets/second.js`)).text()).toBe("// second");
  });

  test.each(["/../package.json", "/..%2fpackage.json", "/%2e%2e/%2e%2e/etc/passwd", "/assets/..%5c..%5cx", "/.env"])(
    "%s leads out of nothing",
    async (path) => {
      writeFileSync(join(folder, ".env"), "SECRET=1");
      const answer = await fetch(`${server.url}${path}`);
      expect([400, 403, 404]).toContain(answer.status);
      expect(await answer.text()).not.toContain("SECRET");
    },
  );
});
