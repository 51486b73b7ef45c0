import { once } from "node:events";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { describe, expect, test } from "vitest";
import { cableTo } from "./listener/cable.ts";
import { echoClient, grpcJsClient, grpcJsSay } from "./listener/clients.ts";
import { type EchoServer, startEcho } from "./listener/echo-server.ts";
import { rawClient } from "./listener/raw-client.ts";

describe("time limits", () => {
  test("cut off a connection that says nothing", async () => {
    await using server = await startEcho({ limits: { firstBytesMs: 50 } });
    const client = await rawClient(server.port);
    await client.ended();
    expect(client.received()).toBe("");
  });

  test("cut off a TLS handshake that stops", async () => {
    await using server = await startEcho({ limits: { firstBytesMs: 50 } });
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
    await using server = await startEcho({ limits: { headersMs: 100 } });
    const socket = await open(server);
    socket.write("GET /plain HTTP/1.1\r\nHost: loc");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
  });

  test("cut off a body that stops half way", async () => {
    await using server = await startEcho({ limits: { headersMs: 100, requestMs: 200 } });
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
    await using server = await startEcho({ limits: { headersMs: 50 } });
    const client = await rawClient(server.port);
    client.socket.write(Buffer.from(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${frame}`, "latin1"));
    await client.ended();
  });

  test("cut off an HTTP/2 peer that answers no pings, and its calls", async () => {
    await using server = await startEcho({ limits: { pingMs: 50, pingAnswerMs: 50 } });
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
    await using server = await startEcho({ limits: { pingMs: 10, pingAnswerMs: 200 } });
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    for (let pings = 0; pings < 30; pings++) await once(session, "ping");
    expect(session.closed).toBe(false);
    session.close();
  });

  test("close an idle HTTP/1.1 connection", async () => {
    await using server = await startEcho({ limits: { idleMs: 50 } });
    const client = await rawClient(server.port);
    client.socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await client.sees("200 OK");
    await client.ended();
  });
});

describe("count limits", () => {
  test("drop the longest waiting connection for a new one", async () => {
    await using server = await startEcho({ limits: { waitingConnections: 2 } });
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
    await using server = await startEcho({ limits: { connections: 1 } });
    const first = await rawClient(server.port);
    const second = await rawClient(server.port);
    await second.ended();
    first.socket.write("GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await first.sees("200 OK");
    first.socket.destroy();
  });

  test("let further streams of a connection wait their turn", async () => {
    await using server = await startEcho({ limits: { streamsPerConnection: 3 } });
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
    await using server = await startEcho({ limits: { headerBytes: 4_096 } });
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
    await using server = await startEcho();
    const session = http2.connect(`http://127.0.0.1:${server.port}`, { maxOutstandingPings: 100 });
    await once(session, "connect");
    const pings = Array.from(
      { length: 90 },
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
