import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cableTo } from "./listener/cable.ts";
import { echoClient, grpcJsClient, grpcJsSay, transportNames } from "./listener/clients.ts";
import { type EchoServer, startEcho } from "./listener/echo-server.ts";
import { rawClient } from "./listener/raw-client.ts";

const MIB = 1024 * 1024;

/** Starts a server for one test, stopped when the test ends. */
async function serverFor(options: Parameters<typeof startEcho>[0]): Promise<EchoServer & AsyncDisposable> {
  const server = await startEcho(options);
  return { ...server, [Symbol.asyncDispose]: server.close };
}

describe("time limits", () => {
  test("cut off a connection that says nothing", async () => {
    await using server = await serverFor({ limits: { firstBytesMs: 50 } });
    const client = await rawClient(server.port);
    await client.ended();
    expect(client.received()).toBe("");
  });

  test("cut off a TLS handshake that stops", async () => {
    await using server = await serverFor({ limits: { firstBytesMs: 50 } });
    const client = await rawClient(server.port);
    client.socket.write(Buffer.from([0x16, 3, 1, 0, 200, 1]));
    await client.ended();
  });

  test.each([
    ["HTTP/1.1", async ({ port }: EchoServer) => (await rawClient(port)).socket],
    [
      "TLS HTTP/1.1",
      async ({ port, cert }: EchoServer) => {
        const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ca: cert });
        await once(socket, "secureConnect");
        return socket;
      },
    ],
  ])("cut off a header line that stops half way over %s", async (_name, open) => {
    await using server = await serverFor({ limits: { headersMs: 100 } });
    const socket = await open(server);
    socket.write("GET /plain HTTP/1.1\r\nHost: loc");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  test("cut off a body that stops half way", async () => {
    await using server = await serverFor({ limits: { headersMs: 100, requestMs: 200 } });
    const client = await rawClient(server.port);
    client.socket.write(
      "POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf",
    );
    await client.ended();
    expect(client.received()).toMatch(/^HTTP\/1.1 408 /);
  });

  test.each([
    ["without a first frame", ""],
    ["with half a frame", "\x00\x00\x12\x04\x00"],
  ])("cut off an HTTP/2 session %s", async (_name, frame) => {
    await using server = await serverFor({ limits: { headersMs: 50 } });
    const client = await rawClient(server.port);
    client.socket.write(Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame}`, "latin1"));
    await client.ended();
  });

  test("cut off an HTTP/2 peer that answers no pings, and its calls", async () => {
    await using server = await serverFor({ limits: { pingMs: 50, pingAnswerMs: 50 } });
    await using cable = await cableTo(server.port);
    const held = echoClient("gRPC over h2c", { ...server, port: cable.port }).hold({ value: "unplugged" });
    const lost = expect(held).rejects.toThrow();
    await server.began("unplugged");
    cable.unplug();
    await server.stopped("unplugged");
    await cable[Symbol.asyncDispose]();
    await lost;
  });

  test("leave an HTTP/2 peer alone that answers", async () => {
    await using server = await serverFor({ limits: { pingMs: 10, pingAnswerMs: 2_000 } });
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    for (let pings = 0; pings < 5; pings++) await once(session, "ping");
    expect(session.closed).toBe(false);
    session.close();
  });

  test("close an idle HTTP/1.1 connection", async () => {
    await using server = await serverFor({ limits: { idleMs: 50 } });
    const client = await rawClient(server.port);
    client.socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.sees("200 OK");
    await client.ended();
  });
});

describe("count limits", () => {
  test("drop the longest waiting connection for a new one", async () => {
    await using server = await serverFor({ limits: { waitingConnections: 2 } });
    const oldest = await rawClient(server.port);
    const second = await rawClient(server.port);
    const newest = await rawClient(server.port);
    await oldest.ended();
    for (const client of [second, newest]) {
      client.socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await client.sees("200 OK");
      client.socket.destroy();
    }
  });

  test("drop connections over the limit of their address", async () => {
    await using server = await serverFor({ limits: { connections: 1 } });
    const first = await rawClient(server.port);
    const second = await rawClient(server.port);
    await second.ended();
    first.socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await first.sees("200 OK");
    first.socket.destroy();
  });

  test("let further streams of a connection wait their turn", async () => {
    await using server = await serverFor({ limits: { streamsPerConnection: 3 } });
    const client = grpcJsClient(server, "cleartext");
    await grpcJsSay(client, new Uint8Array(1));
    client.close();
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    await once(session, "remoteSettings");
    expect(session.remoteSettings.maxConcurrentStreams).toBe(3);
    const answers = Array.from({ length: 10 }, (_, i) => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/listener.echo.Echo/Finish",
        "content-type": "application/json",
      });
      stream.end(`"call ${i}"`);
      return text(stream);
    });
    await server.began("call 2");
    server.finish();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, (_, i) => `"call ${i}"`));
    expect(server.load.most).toBe(3);
    session.close();
  });

  test("refuse headers that are too large", async () => {
    await using server = await serverFor({ limits: { headerBytes: 4_096 } });
    const large = { "x-large": "x".repeat(5_000) };
    const answer = await fetch(`http://127.0.0.1:${server.port}/plain`, { headers: large });
    expect(answer.status).toBe(431);
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    await once(session, "remoteSettings");
    const refused = session.request({ ":path": "/plain", ...large });
    await expect(once(refused, "response")).rejects.toThrow("ENHANCE_YOUR_CALM");
    expect(await text(session.request({ ":path": "/plain" }))).toContain("tcp");
    session.close();
  });

  test("tolerate clients that ping often", async () => {
    await using server = await serverFor({});
    const session = http2.connect(`http://127.0.0.1:${server.port}`, { maxOutstandingPings: 600 });
    await once(session, "connect");
    const pings = Array.from(
      { length: 500 },
      () =>
        new Promise<void>((resolve, reject) => {
          session.ping((error) => (error ? reject(error) : resolve()));
        }),
    );
    await Promise.all(pings);
    expect(await text(session.request({ ":path": "/plain" }))).toContain("tcp");
    session.close();
  });
});

describe("messages over the limit", () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho({ rpc: { messageBytes: MIB } });
  });
  afterAll(() => server.close());
  const tooLarge = new Uint8Array(6 * MIB);

  test.each(transportNames)("are refused over %s, and the next call works", async (name) => {
    const client = echoClient(name, server);
    await expect(client.say({ value: tooLarge })).rejects.toMatchObject({ code: Code.ResourceExhausted });
    expect((await client.say({ value: Buffer.from("x") })).value).toHaveLength(1);
  });

  test.each(["cleartext", "TLS"] as const)("are refused for grpc-js over %s", async (security) => {
    const client = grpcJsClient(server, security);
    await expect(grpcJsSay(client, tooLarge)).rejects.toMatchObject({ code: Code.ResourceExhausted });
    expect(await grpcJsSay(client, new Uint8Array(1))).toHaveLength(1);
    client.close();
  });

  test("are refused when they only unpack to that", async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/listener.echo.Echo/Say`, {
      method: "POST",
      headers: { "content-type": "application/proto", "content-encoding": "gzip" },
      body: gzipSync(tooLarge),
    });
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
  });

  test("do not disturb other calls of the same HTTP/2 connection", async () => {
    const client = grpcJsClient(server, "cleartext");
    const others = [10, 1_000, 1_000_000].map((size) => grpcJsSay(client, new Uint8Array(size)));
    const refused = [1, 2].map(() => grpcJsSay(client, tooLarge).catch((error: { code: number }) => error.code));
    expect((await Promise.all(others)).map(({ length }) => length)).toEqual([10, 1_000, 1_000_000]);
    expect(await Promise.all(refused)).toEqual([Code.ResourceExhausted, Code.ResourceExhausted]);
    client.close();
  });

  test("leave no open stream, though their client goes on sending", async () => {
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    const stream = session.request({
      ":method": "POST",
      ":path": "/listener.echo.Echo/Say",
      "content-type": "application/grpc",
    });
    const head = Buffer.alloc(5);
    head.writeUInt32BE(tooLarge.length, 1);
    stream.write(head);
    const [trailers] = await once(stream, "trailers");
    expect(trailers).toMatchObject({ "grpc-status": "8" });
    stream.resume();
    await once(stream, "close");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    session.close();
  });

  test("leave nothing behind that a shutdown waits for", async () => {
    await using other = await serverFor({ rpc: { messageBytes: MIB } });
    for (const name of transportNames) await expect(echoClient(name, other).say({ value: tooLarge })).rejects.toThrow();
    const before = performance.now();
    await other.listener.close();
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

test("messages of 64 MiB are served, two at once beside small ones; larger ones are refused", async () => {
  await using server = await serverFor({});
  const client = grpcJsClient(server, "cleartext");
  const most = 64 * MIB - 16;
  const answers = await Promise.all([most, 1, most, 2].map((size) => grpcJsSay(client, new Uint8Array(size))));
  expect(answers.map(({ length }) => length)).toEqual([most, 1, most, 2]);
  await expect(grpcJsSay(client, new Uint8Array(64 * MIB))).rejects.toMatchObject({ code: Code.ResourceExhausted });
  client.close();
});

describe("a refused HTTP/1.1 upload", () => {
  test("is answered, and its connection is not used again", async () => {
    await using server = await serverFor({ rpc: { messageBytes: 1_000 } });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const request = http.request({
      port: server.port,
      host: "127.0.0.1",
      method: "POST",
      path: "/listener.echo.Echo/Say",
      headers: { "content-type": "application/proto", "content-length": 50_000_000 },
      agent,
    });
    request.on("error", () => {});
    request.write(Buffer.alloc(100_000));
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.headers.connection).toBe("close");
    expect(JSON.parse(await text(response))).toMatchObject({ code: "resource_exhausted" });
    const next = http.get({ port: server.port, host: "127.0.0.1", path: "/plain", agent });
    const [answer] = (await once(next, "response")) as [http.IncomingMessage];
    expect(await text(answer)).toContain("tcp");
    request.destroy();
    agent.destroy();
  });

  test("cannot smuggle a second request into its rest", async () => {
    await using server = await serverFor({ rpc: { messageBytes: 10 } });
    const client = await rawClient(server.port);
    client.socket.write(
      "POST /listener.echo.Echo/Say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/proto\r\nContent-Length: 60\r\n\r\n0123456789abcdef",
    );
    await client.sees("resource_exhausted");
    client.socket.write(`${"x".repeat(44)}GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    client.socket.end();
    await client.ended();
    expect(client.received()).not.toContain("200 OK");
  });

  test("is cut off when the client never stops", async () => {
    await using server = await serverFor({ rpc: { messageBytes: 10 }, limits: { lingerMs: 100 } });
    const client = await rawClient(server.port);
    client.socket.write(
      "POST /listener.echo.Echo/Say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/proto\r\nContent-Length: 600\r\n\r\n0123456789abcdef",
    );
    await once(client.socket, "close");
    expect(client.received()).toContain("resource_exhausted");
  });
});

describe("deadlines", () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho({ rpc: { longestDeadlineMs: 5_000 } });
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

describe("a client that goes away", () => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho();
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
