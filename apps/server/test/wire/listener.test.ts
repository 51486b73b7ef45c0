import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoClient, grpcJsClient, grpcJsSay, transportNames } from "./listener/clients.ts";
import { type EchoServer, LARGE_BYTES, startEcho } from "./listener/echo-server.ts";
import { rawClient } from "./listener/raw-client.ts";

let server: EchoServer;
beforeAll(async () => {
  server = await startEcho();
});
afterAll(() => server.close());

async function* messages<T>(...items: T[]): AsyncIterable<T> {
  yield* items;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe.each(transportNames)("%s", (name) => {
  test("serves unary calls, small and large", async () => {
    const client = echoClient(name, server);
    expect((await client.say({ value: Buffer.from("hello") })).value).toEqual(new Uint8Array(Buffer.from("hello")));
    expect((await client.say({ value: new Uint8Array(5_000_000) })).value).toHaveLength(5_000_000);
  });

  test("tells the handler which door the call came through", async () => {
    const { value } = await echoClient(name, server).read({ value: "asked" });
    expect(value).toBe(name.includes("TLS") ? "asked by tcp tls" : "asked by tcp");
  });

  test("serves streams in both directions", async () => {
    const client = echoClient(name, server);
    expect((await client.gather(messages({ value: new Uint8Array(3) }, { value: new Uint8Array(4) }))).value).toBe(7);
    const page = new AbortController();
    const following = (async () => {
      for await (const { value } of client.follow({ value: name }, { signal: page.signal })) {
        expect(value).toBe("first");
        page.abort();
      }
    })();
    await expect(following).rejects.toMatchObject({ code: Code.Canceled });
    await server.stopped(name);
    if (name.includes("HTTP/1.1")) return;
    const echoed = await collect(client.chat(messages({ value: "a" }, { value: "b" })));
    expect(echoed.map(({ value }) => value)).toEqual(["a", "b"]);
  });
});

describe.each(["cleartext", "TLS"] as const)("grpc-js over %s", (security) => {
  test("serves unary calls", async () => {
    const client = grpcJsClient(server, security);
    expect(Buffer.from(await grpcJsSay(client, Buffer.from("hello"))).toString()).toBe("hello");
    client.close();
  });
});

describe("plain HTTP", () => {
  test("is served over HTTP/1.1 and TLS HTTP/1.1", async () => {
    const plain = await fetch(`http://127.0.0.1:${server.port}/plain`);
    expect(await plain.json()).toEqual({ kind: "tcp", tls: false, remoteAddress: "127.0.0.1" });
    const request = https.get(`https://localhost:${server.port}/plain`, { ca: server.cert });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(JSON.parse(await text(response))).toEqual({ kind: "tcp", tls: true, remoteAddress: "127.0.0.1" });
  });

  test.each([
    ["h2c", (port: number) => http2.connect(`http://127.0.0.1:${port}`), false],
    ["TLS h2", (port: number) => http2.connect(`https://localhost:${port}`, { ca: server.cert }), true],
  ] as const)("is served over %s", async (_name, open, tls) => {
    const session = open(server.port);
    const stream = session.request({ ":path": "/plain" });
    expect(JSON.parse(await text(stream))).toEqual({ kind: "tcp", tls, remoteAddress: "127.0.0.1" });
    session.close();
  });

  test("serves TLS clients that offer no protocol list as HTTP/1.1", async () => {
    const socket = connectTls({ port: server.port, host: "127.0.0.1", servername: "localhost", ca: server.cert });
    socket.write(`GET /plain HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).toContain('"tls":true');
  });

  test("serves JSON calls by fetch, and reads by GET", async () => {
    const said = await fetch(`http://127.0.0.1:${server.port}/listener.echo.Echo/Say`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(Buffer.from("hello").toString("base64")),
    });
    expect(await said.json()).toBe("aGVsbG8=");
    const query = new URLSearchParams({ connect: "v1", encoding: "json", message: '"x"' });
    const read = await fetch(`http://127.0.0.1:${server.port}/listener.echo.Echo/Read?${query}`);
    expect(await read.json()).toBe("x by tcp");
  });
});

describe("the first bytes", () => {
  test("may come one at a time", async () => {
    const client = await rawClient(server.port);
    client.socket.setNoDelay(true);
    for (const byte of "PUT /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n") {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.sees("HTTP/1.1 404");
    client.socket.destroy();
  });

  test("of HTTP/2 may come one at a time", async () => {
    const client = await rawClient(server.port);
    client.socket.setNoDelay(true);
    for (const byte of "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
      client.socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.sees("\x04");
    client.socket.destroy();
  });

  test("may hold several requests and a body", async () => {
    const client = await rawClient(server.port);
    const get = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const post = `POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nbody!`;
    client.socket.write(get + post + get.replace("plain", "nowhere"));
    await client.sees("404");
    expect(client.received()).toContain('{"got":"body!"}');
    client.socket.destroy();
  });

  test("may offer an upgrade to HTTP/2, which is ignored", async () => {
    const client = await rawClient(server.port);
    const upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    client.socket.write(`GET /plain HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`);
    await client.sees("HTTP/1.1 200 OK");
    client.socket.destroy();
  });

  test("may be all there is, with the goodbye already behind them", async () => {
    const client = await rawClient(server.port, { allowHalfOpen: true });
    client.socket.end("GET /nowhere HTTP/1.0\r\nHost: localhost\r\n\r\n");
    await client.ended();
  });

  test("that are garbage are answered 400 and cut off", async () => {
    const client = await rawClient(server.port);
    client.socket.write("\x00\x01\x02 what is this\r\n\r\n");
    await client.ended();
    expect(client.received()).toMatch(/^HTTP\/1.1 400 /);
  });

  test.each([
    ["TLS", "\x16\x03\x01\x00\x05hello"],
    ["HTTP/2", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"\xff".repeat(64)}`],
    ["HTTP/2's preface", "PRI * HTTP/3.7\r\n\r\n"],
  ])("that only look like %s are cut off", async (_name, bytes) => {
    const client = await rawClient(server.port);
    client.socket.write(Buffer.from(bytes, "latin1"));
    await client.ended();
  });

  test("reset half way harm nobody", async () => {
    for (const bytes of ["P", "\x16", "GET / HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
      const client = await rawClient(server.port);
      client.socket.write(Buffer.from(bytes, "latin1"));
      await new Promise((resolve) => setImmediate(resolve));
      client.socket.resetAndDestroy();
    }
    expect((await fetch(`http://127.0.0.1:${server.port}/plain`)).status).toBe(200);
  });
});

describe("keep-alive", () => {
  test("survives requests answered in the same tick", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 3; i++) {
      const request = http.get({ port: server.port, host: "127.0.0.1", path: "/now", agent });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      expect(response.headers.connection).toBe("keep-alive");
      await text(response);
      expect(request.reusedSocket).toBe(i > 0);
    }
    agent.destroy();
  });

  test("does not cut large answers", async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/large`);
    expect((await answer.arrayBuffer()).byteLength).toBe(LARGE_BYTES);
  });
});
