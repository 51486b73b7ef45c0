import http2 from "node:http2";
import { connect } from "node:net";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoClient, transportNames } from "./listener/clients.ts";
import { type EchoServer, type RpcPath, startEcho } from "./listener/echo-server.ts";
import { rawClient } from "./listener/raw-client.ts";

const paths: readonly RpcPath[] = ["connect", "lean"];

describe.each(paths)("deadlines by the path %s", (path) => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho({ rpc: { longestDeadlineMs: 5_000 }, path });
  });
  afterAll(() => server.close());

  test.each(transportNames)("reach the handler over %s", async (name) => {
    const held = echoClient(name, server).hold({ value: `deadline ${name}` }, { timeoutMs: 80 });
    await expect(held).rejects.toMatchObject({ code: Code.DeadlineExceeded });
    expect(await server.stopped(`deadline ${name}`)).toMatchObject({ code: expect.any(Number) });
  });

  test.each(transportNames)("over the longest are refused over %s", async (name) => {
    const held = echoClient(name, server).hold({ value: `long ${name}` }, { timeoutMs: 6_000 });
    await expect(held).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: "timeout 6000ms must be <= 5000",
    });
  });

  test("beyond what a timer holds are refused too", async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/listener.echo.Echo/Hold`, {
      method: "POST",
      headers: { "content-type": "application/json", "connect-timeout-ms": "9999999999" },
      body: '"for ever"',
    });
    expect(await answer.json()).toMatchObject({ code: "invalid_argument" });
  });
});

describe.each(paths)("a client that goes away by the path %s", (path) => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho({ path });
  });
  afterAll(() => server.close());

  test.each(transportNames)("is noticed by its handler over %s", async (name) => {
    const page = new AbortController();
    const held = echoClient(name, server).hold({ value: `gone ${name}` }, { signal: page.signal });
    await Promise.race([server.began(`gone ${name}`), held]);
    page.abort();
    await expect(held).rejects.toMatchObject({ code: Code.Canceled });
    await server.stopped(`gone ${name}`);
  });

  test.each([
    ["a goodbye", "end"],
    ["a reset", "resetAndDestroy"],
  ] as const)("with %s on a plain socket is noticed", async (_name, leave) => {
    const client = await rawClient(server.port);
    const body = `"plain ${leave}"`;
    client.socket.write(
      `POST /listener.echo.Echo/Hold HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await server.began(`plain ${leave}`);
    client.socket[leave]();
    await server.stopped(`plain ${leave}`);
  });

  test.each(["http://127.0.0.1", "https://localhost"])(
    "with its whole HTTP/2 connection by %s is noticed",
    async (host) => {
      const session = http2.connect(`${host}:${server.port}`, { ca: server.cert });
      session.on("error", () => {});
      const call = { ":method": "POST", ":path": "/listener.echo.Echo/Hold", "content-type": "application/json" };
      session
        .request(call)
        .on("error", () => {})
        .end(`"session ${host}"`);
      await server.began(`session ${host}`);
      session.destroy();
      await server.stopped(`session ${host}`);
    },
  );

  test("with a mere goodbye on an HTTP/2 connection is noticed", async () => {
    const socket = connect(server.port, "127.0.0.1");
    const session = http2.connect(`http://127.0.0.1:${server.port}`, { createConnection: () => socket });
    session.on("error", () => {});
    const call = { ":method": "POST", ":path": "/listener.echo.Echo/Hold", "content-type": "application/json" };
    session
      .request(call)
      .on("error", () => {})
      .end('"goodbye"');
    await server.began("goodbye");
    socket.end();
    await server.stopped("goodbye");
    session.destroy();
  });
});
