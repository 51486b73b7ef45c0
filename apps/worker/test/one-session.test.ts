import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OneSession } from "../src/one-session.ts";

let root: string;
let path: string;
let server: Http2Server;
let sessions: ServerHttp2Session[];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "tributary-session-"));
  path = join(root, "s.sock");
  sessions = [];
  server = createServer();
  server.on("session", (session) => sessions.push(session));
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(async () => {
  for (const session of sessions) session.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(root, { recursive: true });
});

test("a lost session is told and never replaced", async () => {
  const session = new OneSession("http://localhost", { path });
  const stream = await session.request("POST", "/x", {});
  stream.on("error", () => undefined);
  await expect.poll(() => sessions.length).toBe(1);
  sessions[0]?.destroy();
  expect(await session.lost).toBeInstanceOf(Error);
  await expect(session.request("POST", "/x", {})).rejects.toThrow();
  expect(sessions.length).toBe(1);
});

test("a server that says it is going away counts as lost", async () => {
  const session = new OneSession("http://localhost", { path });
  await expect.poll(() => sessions.length).toBe(1);
  sessions[0]?.goaway();
  expect((await session.lost).message).toContain("going away");
  session.close();
});

test("nobody there", async () => {
  const session = new OneSession("http://localhost", { path: join(root, "none.sock") });
  expect((await session.lost).message).toContain("ENOENT");
});
