import { execFileSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import type { AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createToken } from "#core/tokens/create-token.ts";
import { hello } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

let server: AppServer;
let hand: HandWorker;
let taskId: number;
let attempt: AttemptRef;

beforeEach(async () => {
  server = await startApp();
  const transport = server.inside.transport();
  const project = await createClient(AmeService, transport).createProject({ cfg: { name: "p", tasks: [hello] } });
  const { task } = await createClient(TaskService, transport).runTask({ projectId: project.name, taskName: "hello" });
  taskId = task!.id;
  hand = await HandWorker.start(server.inside.transport(worker));
  ({ attempt } = await hand.take());
});
afterEach(async () => {
  hand.stop();
  await server.close();
});

const url = (rest: string) => `${server.url}/tasks/${taskId}/${rest}`;

describe("the JSON Schema of project files", () => {
  it("is answered to editors", async () => {
    const answer = await fetch(`${server.url}/schemas/project-file.json`);
    expect(answer.headers.get("content-type")).toContain("application/schema+json");
    expect(await answer.json()).toEqual(server.inside.ports.projectFiles.schema);
  });
});

describe("a log", () => {
  it("is answered byte by byte, as a file that no browser shows", async () => {
    const raw = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256);
    await hand.log(attempt, raw);
    const answer = await fetch(url("log"));
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(raw))).toBe(true);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "content-length": "300000",
      "content-disposition": `attachment; filename="task-${taskId}.log"`,
      "content-security-policy": "sandbox; default-src 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "accept-ranges": "bytes",
    });
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("is answered over HTTP/2 too", async () => {
    await hand.log(attempt, "over two\n");
    const session = connect(server.url);
    const request = session.request({ ":path": `/tasks/${taskId}/log` });
    expect(await text(request)).toBe("over two\n");
    session.close();
  });

  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=0-99", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "the log is not so long\n", "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
  ])("answers %s with %i", async (range, status, body, told) => {
    await hand.log(attempt, "0123456789");
    const answer = await fetch(url("log"), { headers: { range } });
    expect([answer.status, await answer.text(), answer.headers.get("content-range")]).toEqual([status, body, told]);
  });

  it("is answered by stream and by attempt", async () => {
    await hand.log(attempt, "out\n");
    await hand.log(attempt, "err\n", LogStream.STDERR);
    const { logs } = server.inside.ports;
    await logs.append({ taskId, number: 2 }, 0, [{ stream: "stdout", at: 1, bytes: Buffer.from("again\n") }]);
    expect(await (await fetch(url("log?stream=stderr"))).text()).toBe("err\n");
    const second = await fetch(url("log?attempt=2"));
    expect([await second.text(), second.headers.get("content-disposition")]).toEqual([
      "again\n",
      `attachment; filename="task-${taskId}-attempt-2.log"`,
    ]);
    expect(await (await fetch(url("log?attempt=1&stream=stdout"))).text()).toBe("out\n");
    expect((await fetch(url("log?attempt=9"))).status).toBe(404);
  });

  it.each(["log.zip", "log?format=zip"])("is answered as an archive at %s", async (rest) => {
    await hand.log(attempt, "out\n");
    await hand.log(attempt, "err\n", LogStream.STDERR);
    const { logs } = server.inside.ports;
    await logs.append({ taskId, number: 2 }, 0, [{ stream: "worker", at: 1, bytes: Buffer.alloc(700_000, "again\n") }]);
    const answer = await fetch(url(rest));
    expect(answer.headers.get("content-type")).toBe("application/zip");
    const folder = await mkdtemp(join(tmpdir(), "tributary-zip-"));
    try {
      await writeFile(join(folder, "log.zip"), Buffer.from(await answer.arrayBuffer()));
      execFileSync("python3", ["-m", "zipfile", "-e", "log.zip", "."], { cwd: folder });
      const read = (name: string) => readFile(join(folder, `task-${taskId}`, name), "utf8");
      expect(await read("attempt-1/stdout.log")).toBe("out\n");
      expect(await read("attempt-1/stderr.log")).toBe("err\n");
      expect((await read("attempt-2/worker.log")).length).toBe(700_000);
      await expect(read("attempt-2/stdout.log")).rejects.toThrow("ENOENT");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is refused in words", async () => {
    for (const [rest, status, words] of [
      ["log?format=rar", 400, "format: text or zip"],
      ["log?stream=both", 400, "stream: one of stdout, stderr, worker"],
      ["log?attempt=x", 400, "attempt: a number from 1"],
    ] as const) {
      const answer = await fetch(url(rest));
      expect([answer.status, await answer.text()]).toEqual([status, `${words}\n`]);
    }
    expect((await fetch(`${server.url}/tasks/99/log`)).status).toBe(404);
    expect((await fetch(`${server.url}/tasks/x/log`)).status).toBe(404);
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it("waits for a slow reader, and reads no further when that goes", async () => {
    const block = Buffer.alloc(1_000_000, "x");
    const { logs } = server.inside.ports;
    let offset = 0;
    for (let at = 0; at < 64; at++) {
      offset = await logs.append({ taskId, number: 1 }, offset, [{ stream: "stdout", at: 1, bytes: block }]);
    }
    let read = 0;
    const reading = logs.read;
    Object.assign(logs, {
      read: async (...asked: Parameters<typeof reading>) => {
        const chunks = await reading(...asked);
        read += chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
        return chunks;
      },
    });
    const answer = await new Promise<IncomingMessage>((resolve) => get(url("log"), resolve));
    answer.pause();
    let before = -1;
    // What the sockets between take, and no more.
    for (; before !== read; await new Promise((resolve) => setTimeout(resolve, 200))) before = read;
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(32_000_000);
    answer.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(read).toBeLessThan(before + 2_000_000);
  });
});

/** Has the attempt leave a file. */
async function leave(path: string, content: string | Uint8Array): Promise<void> {
  async function* upload() {
    yield { part: { case: "header" as const, value: { workerId: hand.id, attempt, path } } };
    yield { part: { case: "content" as const, value: new Uint8Array(Buffer.from(content)) } };
  }
  await hand.client.storeArtifact(upload());
}

const artifact = (path: string, more = "") => url(`artifact?path=${encodeURIComponent(path)}${more}`);

describe("an artifact", () => {
  it("is answered under its own name and type, and refused when there is none", async () => {
    await leave("out/mödel 1.json", "<script>");
    const answer = await fetch(artifact("out/mödel 1.json"));
    expect(await answer.text()).toBe("<script>");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json",
      "content-length": "8",
      "content-disposition": `attachment; filename="m_del 1.json"; filename*=UTF-8''m%C3%B6del%201.json`,
      "content-security-policy": "sandbox; default-src 'none'",
      "accept-ranges": "bytes",
    });
    expect((await fetch(artifact("other"))).status).toBe(404);
    expect((await fetch(artifact("../etc/passwd"))).status).toBe(404);
    expect((await fetch(url("artifact"))).status).toBe(404);
  });

  it.each([
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, "the file is not so long\n", "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", null],
  ])("answers %s with %i", async (range, status, body, told) => {
    await leave("digits", "0123456789");
    const answer = await fetch(artifact("digits"), { headers: { range } });
    expect([answer.status, await answer.text(), answer.headers.get("content-range")]).toEqual([status, body, told]);
  });

  it("is shown in a sandbox when it is a picture or a page, and not at all when it is anything else", async () => {
    await leave("page.html", "<h1>hi</h1>");
    await leave("picture.svg", "<svg/>");
    await leave("data.json", "{}");
    const page = await fetch(artifact("page.html", "&show=1"));
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
    });
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^sandbox allow-scripts; default-src 'none';/);
    expect(policy).not.toMatch(/allow-same-origin|connect-src|'self'(?<!frame-ancestors 'self')/);
    const picture = await fetch(artifact("picture.svg", "&show=1"));
    expect(picture.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none';/);
    expect((await fetch(artifact("data.json", "&show=1"))).status).toBe(400);
  });

  it("is not read for its head alone", async () => {
    await leave("large.bin", Buffer.alloc(1_000_000));
    const { objects } = server.inside.ports;
    let read = 0;
    const get = objects.get;
    Object.assign(objects, {
      async *get(hash: string) {
        for await (const chunk of get(hash)) {
          read += chunk.length;
          yield chunk;
        }
      },
    });
    const answer = await fetch(artifact("large.bin"), { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([200, "1000000", ""]);
    await expect.poll(() => read).toBeGreaterThan(0);
    expect(read).toBeLessThan(300_000);
  });

  it("is closed when its head alone was asked for, and when whoever took it goes", async () => {
    await leave("large.bin", Buffer.alloc(8_000_000));
    const open = () =>
      readdirSync("/proc/self/fd").filter((number) => {
        try {
          return readlinkSync(`/proc/self/fd/${number}`).startsWith(join(server.inside.folder, "objects"));
        } catch {
          return false;
        }
      });
    for (let n = 0; n < 5; n++) {
      await (await fetch(artifact("large.bin"), { method: "HEAD" })).text();
      const going = new AbortController();
      const answer = await fetch(artifact("large.bin"), { signal: going.signal });
      await answer.body?.getReader().read();
      going.abort();
    }
    await expect.poll(open, { timeout: 15_000 }).toEqual([]);
  });

  it("whose bytes have gone is refused, not broken off", async () => {
    await leave("gone", "content");
    const { store, objects } = server.inside.ports;
    const [kept] = (await store.view.listArtifacts({ taskId, limit: 1 })).artifacts;
    await objects.delete(kept!.hash);
    for (const range of ["", "bytes=0-1"]) {
      const answer = await fetch(artifact("gone"), { headers: { range } });
      expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining("run the task again")]);
    }
  });
});

describe("all artifacts", () => {
  async function unpacked(rest: string): Promise<Readonly<Record<string, string>>> {
    const answer = await fetch(url(rest));
    expect(answer.headers.get("content-type")).toBe("application/zip");
    const folder = await mkdtemp(join(tmpdir(), "tributary-zip-"));
    try {
      await writeFile(join(folder, "all.zip"), Buffer.from(await answer.arrayBuffer()));
      const script =
        "import json,zipfile; z=zipfile.ZipFile('all.zip'); print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
      return JSON.parse(execFileSync("python3", ["-c", script], { cwd: folder }).toString()) as Record<string, string>;
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it("are one archive: all, or those that are named, each as the last attempt left it", async () => {
    await leave("a.txt", "a of one");
    await leave("deep/b.txt", "b");
    await leave("empty", "");
    const { store, objects } = server.inside.ports;
    const stored = await objects.put([Buffer.from("a of two")] as unknown as AsyncIterable<Uint8Array>);
    const second = { taskId, attempt: 2, path: "a.txt", size: stored.size, hash: stored.hash };
    await store.transact((tx) => tx.artifacts.put([second]), undefined);
    expect(await unpacked("artifacts.zip")).toEqual({ "a.txt": "a of two", "deep/b.txt": "b", empty: "" });
    expect(await unpacked("artifacts.zip?attempt=1")).toMatchObject({ "a.txt": "a of one" });
    expect(await unpacked("artifacts.zip?path=a.txt&path=deep%2Fb.txt")).toEqual({
      "a.txt": "a of two",
      "deep/b.txt": "b",
    });
  });

  it("are refused when there is none, or one that is named is not there", async () => {
    expect((await fetch(url("artifacts.zip"))).status).toBe(404);
    await leave("a.txt", "a");
    expect((await fetch(url("artifacts.zip?path=a.txt&path=b.txt"))).status).toBe(404);
    expect((await fetch(url("artifacts.zip?attempt=2"))).status).toBe(404);
    const many = Array.from({ length: 501 }, (_, n) => `path=${n}`).join("&");
    expect((await fetch(url(`artifacts.zip?${many}`))).status).toBe(400);
  });
});

it("is for callers of some projects what belongs to these, and nothing else", async () => {
  const guarded = await startApp({ auth: "required" });
  try {
    const { inside, url: address } = guarded;
    const asAdmin = inside.transport();
    const ame = createClient(AmeService, asAdmin);
    const texts = new Map<string, string>();
    for (const name of ["p", "q"]) {
      const made = await createToken(inside.ports, { name, role: "viewer", projects: [name], by: "test" });
      texts.set(name, made.text);
    }
    await inside.ports.tokens.load();
    const project = await ame.createProject({ cfg: { name: "p", tasks: [hello] } });
    const { task } = await createClient(TaskService, asAdmin).runTask({ projectId: project.name, taskName: "hello" });
    const status = async (name: string, rest: string) =>
      (await fetch(`${address}/tasks/${task?.id}/${rest}`, { headers: { authorization: `Bearer ${texts.get(name)}` } }))
        .status;
    for (const rest of ["log", "log.zip"]) {
      expect([await status("p", rest), await status("q", rest)]).toEqual([200, 404]);
    }
  } finally {
    await guarded.close();
  }
});

it("needs the role of a viewer where the server asks who calls", async () => {
  const guarded = await startApp({ auth: "required" });
  try {
    const { ports } = guarded.inside;
    const token = async (role: "viewer" | "worker") =>
      (await createToken(ports, { name: role, role, projects: [], by: "test" })).text;
    const status = async (headers: Record<string, string>, rest: string) =>
      (await fetch(`${guarded.url}/tasks/1/${rest}`, { headers })).status;
    await ports.tokens.load();
    const [viewer, machine] = [await token("viewer"), await token("worker")];
    await ports.tokens.load();
    for (const rest of ["log", "log.zip", "artifact?path=x", "artifacts.zip"]) {
      expect(await status({}, rest)).toBe(401);
      expect(await status({ authorization: `Bearer ${machine}` }, rest)).toBe(403);
      expect(await status({ authorization: `Bearer ${viewer}` }, rest)).toBe(404);
    }
  } finally {
    await guarded.close();
  }
});
