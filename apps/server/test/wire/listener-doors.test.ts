import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createListener, type Listener } from "#listener/create-listener.ts";
import { ListenError } from "#listener/listen-error.ts";
import { startEcho } from "./listener/echo-server.ts";
import { Echo } from "./listener/echo-service.ts";
import { rawClient } from "./listener/raw-client.ts";

let folder: string;
let listener: Listener;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doors-"));
  listener = createListener();
  listener.serverFactory((_request, response) => response.end("here"));
});
afterEach(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
});

async function get(options: http.RequestOptions): Promise<string> {
  const [response] = (await once(http.get({ path: "/plain", agent: false, ...options }), "response")) as [
    http.IncomingMessage,
  ];
  return text(response);
}

test("listens on several ports and sockets, and tells them apart", async () => {
  const server = await startEcho({
    addresses: (home) => [
      { host: "127.0.0.1", port: 0 },
      { path: join(home, "worker.sock") },
      { host: "::1", port: 0 },
      { path: join(home, "other.sock") },
    ],
  });
  const [first, worker, third, other] = server.listener.addresses;
  if (!first || !("port" in first) || !third || !("port" in third)) throw new Error("expected ports");
  expect(JSON.parse(await get({ host: "127.0.0.1", port: first.port }))).toMatchObject({ kind: "tcp" });
  expect(JSON.parse(await get({ host: "::1", port: third.port }))).toMatchObject({ remoteAddress: "::1" });
  for (const socket of [worker, other]) {
    if (!socket || !("path" in socket)) throw new Error("expected a path");
    expect(statSync(socket.path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await get({ socketPath: socket.path }))).toEqual({ kind: "unix", tls: false, path: socket.path });
  }
  await server.close();
  expect(existsSync(join(server.folder, "worker.sock"))).toBe(false);
});

test("serves RPCs over a unix socket, whatever host they name", async () => {
  const server = await startEcho({ addresses: (home) => [{ path: join(home, "worker.sock") }] });
  const path = join(server.folder, "worker.sock");
  const transports = [
    createGrpcTransport({ baseUrl: "http://worker", nodeOptions: { path } }),
    createConnectTransport({ httpVersion: "2", baseUrl: "http://worker", nodeOptions: { path } }),
    createConnectTransport({ httpVersion: "1.1", baseUrl: "http://worker", nodeOptions: { socketPath: path } }),
  ];
  for (const transport of transports) {
    expect((await createClient(Echo, transport).read({ value: "asked" })).value).toBe("asked by unix");
  }
  const tls = await rawClient(path);
  tls.socket.write(Buffer.from([0x16, 3, 1, 0, 2, 1, 0]));
  await tls.ended();
  await server.close();
});

test("a connection cannot pretend to have come through the socket", async () => {
  const server = await startEcho();
  const answer = await get({
    host: "127.0.0.1",
    port: server.port,
    headers: { "x-forwarded-for": "unix", forwarded: "for=unix" },
  });
  expect(JSON.parse(answer)).toMatchObject({ kind: "tcp" });
  await server.close();
});

test("says which port is taken and what to do, and listens nowhere else", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  const port = address && typeof address === "object" ? address.port : 0;
  const path = join(folder, "worker.sock");
  const listening = listener.listen([{ path }, { host: "127.0.0.1", port }]);
  await expect(listening).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is already in use, perhaps by another Tributary. Stop that program, or choose another port with TRIBUTARY_PORT.`,
  );
  await expect(listening).rejects.toBeInstanceOf(ListenError);
  expect(existsSync(path)).toBe(false);
  taken.close();
});

test.each([
  ["203.0.113.7", /has no address 203.0.113.7 to listen on. Set TRIBUTARY_HOST/],
  ["no-such-host.invalid", /has no address no-such-host.invalid to listen on. Set TRIBUTARY_HOST/],
])("says that this machine is not %s", async (host, message) => {
  await expect(listener.listen([{ host, port: 0 }])).rejects.toThrow(message);
});

test("removes the socket of a process that was killed", async () => {
  const path = join(folder, "worker.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["-e", script]), "exit");
  expect(statSync(path).isSocket()).toBe(true);
  await listener.listen([{ path }]);
  expect(await get({ socketPath: path })).toBe("here");
});

test("leaves a socket alone that is answered", async () => {
  const path = join(folder, "worker.sock");
  const other = createServer((socket) => socket.on("error", () => {}).end("other")).listen(path);
  await once(other, "listening");
  await expect(listener.listen([{ path }])).rejects.toThrow(`Another process answers on the socket ${path}.`);
  const client = await rawClient(path);
  await client.sees("other");
  other.close();
});

test("leaves alone what is not a socket", async () => {
  const path = join(folder, "worker.sock");
  writeFileSync(path, "precious");
  await expect(listener.listen([{ path }])).rejects.toThrow(`${path} is in the way: it is not a socket.`);
  expect(existsSync(path)).toBe(true);
});

test("wants the folder of a socket closed to others", async () => {
  chmodSync(folder, 0o755);
  await expect(listener.listen([{ path: join(folder, "s") }])).rejects.toThrow(/run chmod 700 on it/);
});

test("wants the folder of a socket to exist", async () => {
  await expect(listener.listen([{ path: join(folder, "none", "s") }])).rejects.toThrow(/does not exist/);
});

test("refuses a socket path that the system would cut off", async () => {
  const path = join(folder, "x".repeat(120));
  await expect(listener.listen([{ path }])).rejects.toThrow(/Choose a folder with a shorter path/);
});

test("stops when it is closed while it begins to listen", async () => {
  const listening = listener.listen([{ host: "127.0.0.1", port: 0 }]);
  await listener.close();
  await expect(listening).rejects.toThrow("stopped before it listened");
});
