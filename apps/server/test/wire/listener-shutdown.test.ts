import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { Code, ConnectError } from "@connectrpc/connect";
import Fastify from "fastify";
import { expect, test } from "vitest";
import { createListener } from "#listener/create-listener.ts";
import { echoClient, grpcJsClient, grpcJsSay, transportNames } from "./listener/clients.ts";
import { type EchoServer, LARGE_BYTES, startEcho } from "./listener/echo-server.ts";
import { type RawClient, rawClient } from "./listener/raw-client.ts";

/** How long closing takes, in milliseconds. */
/** In milliseconds; less than the listener gives peers who do not close their side, and calls to end. */
const atOnce = 2_500;

async function timeToClose({ listener }: EchoServer): Promise<number> {
  const before = performance.now();
  await listener.close();
  return performance.now() - before;
}

async function getPlain(request: http.ClientRequest): Promise<void> {
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  await text(response);
}

async function openIdleSession(url: string, options: http2.SecureClientSessionOptions): Promise<void> {
  const session = http2.connect(url, options);
  await text(session.request({ ":path": "/plain" }));
}

test("closes at once when every connection is idle", async () => {
  const server = await startEcho();
  const { port, cert: ca } = server;
  const agents = [new http.Agent({ keepAlive: true }), new https.Agent({ keepAlive: true })] as const;
  await getPlain(http.get({ port, host: "127.0.0.1", path: "/plain", agent: agents[0] }));
  await getPlain(https.get({ port, host: "localhost", path: "/plain", agent: agents[1], ca }));
  await openIdleSession(`http://127.0.0.1:${port}`, {});
  await openIdleSession(`https://localhost:${port}`, { ca });
  const grpcClients = [grpcJsClient(server, "cleartext"), grpcJsClient(server, "TLS")];
  for (const client of grpcClients) await grpcJsSay(client, new Uint8Array(1));
  for (const name of transportNames) await echoClient(name, server).say({});
  await rawClient(port);
  expect(await timeToClose(server)).toBeLessThan(atOnce);
  for (const client of grpcClients) client.close();
  for (const agent of agents) agent.destroy();
  await server.close();
});

test("does not wait for peers that never close their side", async () => {
  const server = await startEcho();
  const rude: RawClient[] = [];
  for (const bytes of [
    "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "GET /plain HTTP/1.1\r\nHost: loc",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
  ]) {
    const client = await rawClient(server.port, { allowHalfOpen: true });
    client.socket.write(Buffer.from(bytes, "latin1"));
    rude.push(client);
  }
  await rude[0]?.sees("200 OK");
  await rude[2]?.sees("\x00");
  expect(await timeToClose(server)).toBeLessThan(atOnce);
  for (const client of rude) client.socket.destroy();
  await server.close();
});

test.each(transportNames)("ends an open stream within milliseconds over %s", async (name) => {
  const server = await startEcho();
  const seen: string[] = [];
  const following = (async () => {
    for await (const { value } of echoClient(name, server).follow({ value: name })) seen.push(value);
  })();
  const ended = expect(following).rejects.toMatchObject({
    code: Code.Unavailable,
    rawMessage: "the server is shutting down; try again in a moment",
  });
  await server.began(name);
  expect(await timeToClose(server)).toBeLessThan(atOnce);
  await ended;
  expect(seen).toEqual(["first"]);
  expect(ConnectError.from(await server.stopped(name)).code).toBe(Code.Unavailable);
  await server.close();
});

test.each(transportNames)("lets a call under way finish over %s", async (name) => {
  const server = await startEcho();
  const answer = echoClient(name, server).finish({ value: name });
  await Promise.race([server.began(name), answer]);
  const closed = server.listener.close();
  await expect(fetch(`http://127.0.0.1:${server.port}/plain`)).rejects.toThrow();
  server.finish();
  expect((await answer).value).toBe(name);
  await closed;
  await server.close();
});

test("tells HTTP/1.1 clients that their connection ends with the answer", async () => {
  const server = await startEcho();
  const request = http.request({
    port: server.port,
    host: "127.0.0.1",
    method: "POST",
    path: "/listener.echo.Echo/Finish",
    headers: { "content-type": "application/json" },
    agent: new http.Agent({ keepAlive: true }),
  });
  request.end('"last"');
  await server.began("last");
  const closed = server.listener.close();
  server.finish();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  expect(response.headers.connection).toBe("close");
  expect(await text(response)).toBe('"last"');
  await closed;
  await server.close();
});

test("does not cut a large answer that is under way", async () => {
  const server = await startEcho();
  const request = http.get({ port: server.port, host: "127.0.0.1", path: "/large" });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const closed = server.listener.close();
  // The client reads nothing yet: time enough for a close that would not wait.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await text(response)).toHaveLength(LARGE_BYTES);
  await closed;
  await server.close();
});

test.each(["Connect over HTTP/1.1", "gRPC over h2c", "gRPC over TLS"] as const)(
  "cuts off what has not ended after the grace time over %s",
  async (name) => {
    const server = await startEcho({ graceMs: 200 });
    const answer = echoClient(name, server).finish({ value: name });
    const lost = expect(answer).rejects.toThrow();
    await Promise.race([server.began(name), answer]);
    const took = await timeToClose(server);
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(8_000);
    await lost;
    server.finish();
    await server.close();
  },
);

test("refuses new calls on connections that are draining", async () => {
  const server = await startEcho();
  const session = http2.connect(`http://127.0.0.1:${server.port}`);
  const call = { ":method": "POST", ":path": "/listener.echo.Echo/Finish", "content-type": "application/json" };
  const first = session.request(call);
  first.end('"first"');
  await server.began("first");
  const closed = server.listener.close();
  await once(session, "goaway");
  await expect(once(session.request(call), "response")).rejects.toThrow("after receiving a GOAWAY");
  server.finish();
  expect(await text(first)).toBe('"first"');
  await closed;
  await server.close();
});

test("can be closed twice, and frees its port", async () => {
  const server = await startEcho();
  await Promise.all([server.listener.close(), server.listener.close()]);
  await server.listener.close();
  const again = await startEcho({ addresses: () => [{ host: "127.0.0.1", port: server.port }] });
  expect(again.port).toBe(server.port);
  await again.close();
  await server.close();
  await expect(server.listener.listen([])).rejects.toThrow("has been closed");
});

test("closes when it never listened", async () => {
  const listener = createListener();
  await listener.close();
});

test("can be closed by Fastify's own hook", async () => {
  const listener = createListener({ graceMs: 300 });
  const app = Fastify({ serverFactory: listener.serverFactory });
  app.addHook("preClose", () => listener.close());
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<string>();
  app.get("/", () => {
    ask();
    return answered;
  });
  await app.ready();
  const [address] = await listener.listen([{ host: "127.0.0.1", port: 0 }]);
  const port = address && "port" in address ? address.port : 0;
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await asked;
  const closed = app.close();
  answer("done");
  expect(await text(socket)).toContain("done");
  await closed;
});
