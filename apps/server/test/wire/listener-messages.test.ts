import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoClient, grpcJsClient, grpcJsSay, transportNames } from "./listener/clients.ts";
import { type EchoServer, type RpcPath, startEcho } from "./listener/echo-server.ts";
import { rawClient } from "./listener/raw-client.ts";

const MIB = 1024 * 1024;

const paths: readonly RpcPath[] = ["connect", "lean"];

describe.each(paths)("messages over the limit by the path %s", (path) => {
  let server: EchoServer;
  beforeAll(async () => {
    server = await startEcho({ rpc: { messageBytes: MIB }, path });
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
    await using other = await startEcho({ rpc: { messageBytes: MIB }, path });
    for (const name of transportNames) await expect(echoClient(name, other).say({ value: tooLarge })).rejects.toThrow();
    const before = performance.now();
    await other.listener.close();
    expect(performance.now() - before).toBeLessThan(2_500);
  });
});

test("messages of 64 MiB are served, two at once beside small ones; larger ones are refused", async () => {
  await using server = await startEcho();
  const client = grpcJsClient(server, "cleartext");
  const most = 64 * MIB - 16;
  const answers = await Promise.all([most, 1, most, 2].map((size) => grpcJsSay(client, new Uint8Array(size))));
  expect(answers.map(({ length }) => length)).toEqual([most, 1, most, 2]);
  await expect(grpcJsSay(client, new Uint8Array(64 * MIB))).rejects.toMatchObject({ code: Code.ResourceExhausted });
  client.close();
});

describe("a refused HTTP/1.1 upload", () => {
  test("is answered, and its connection is not used again", async () => {
    await using server = await startEcho({ rpc: { messageBytes: 1_000 } });
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

  test("is answered though the client sends everything before it listens", async () => {
    await using server = await startEcho({ rpc: { messageBytes: 10 } });
    const body = Buffer.alloc(20 * MIB);
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      `POST /listener.echo.Echo/Say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/proto\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.write(body, () => resolve());
    });
    expect(await text(socket)).toContain("resource_exhausted");
  });

  test("cannot smuggle a second request into its rest", async () => {
    await using server = await startEcho({ rpc: { messageBytes: 10 } });
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
    await using server = await startEcho({ rpc: { messageBytes: 10 }, limits: { lingerMs: 100 } });
    const client = await rawClient(server.port);
    client.socket.write(
      "POST /listener.echo.Echo/Say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/proto\r\nContent-Length: 600\r\n\r\n0123456789abcdef",
    );
    await once(client.socket, "close");
    expect(client.received()).toContain("resource_exhausted");
  });
});
