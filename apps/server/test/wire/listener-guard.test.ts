import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { Code, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { echoClient, grpcJsClient, grpcJsSay, transportNames } from "./listener/clients.ts";
import { type EchoServer, startEcho } from "./listener/echo-server.ts";
import { Echo } from "./listener/echo-service.ts";
import { rawClient } from "./listener/raw-client.ts";

const trusted = "https://notebooks.example.org";
let server: EchoServer;
beforeAll(async () => {
  server = await startEcho({ guard: { allowedOrigins: [trusted] } });
});
afterAll(() => server.close());

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `fetch` would set Host and Origin itself. */
async function ask({ method = "GET", path = "/plain", headers, body = "" }: Asked) {
  const request = http.request({ host: "127.0.0.1", port: server.port, method, path, headers, agent: false });
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const call = { method: "POST", path: "/listener.echo.Echo/Say" };
const evil = { host: "evil.example:3342" };
const message = /does not answer to the host name "evil.example".*TRIBUTARY_ALLOWED_HOSTS/;

describe("a foreign host name", () => {
  test("is refused in plain words", async () => {
    const { status, headers, body } = await ask({ headers: evil });
    expect(status).toBe(403);
    expect(headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    expect(body).toMatch(message);
  });

  test("is refused on paths that do not exist", async () => {
    expect(await ask({ path: "/nothing", headers: evil })).toMatchObject({ status: 403 });
  });

  test("is refused over HTTP/2", async () => {
    const session = http2.connect(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":path": "/plain", ":authority": "evil.example", host: "localhost" });
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(403);
    expect(await text(stream)).toMatch(message);
    session.close();
  });

  test.each(["application/json", "application/proto"])("is refused as Connect does for %s", async (type) => {
    const { status, headers, body } = await ask({ ...call, headers: { ...evil, "content-type": type }, body: '""' });
    expect(status).toBe(403);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual({ code: "permission_denied", message: expect.stringMatching(message) });
  });
});

describe("every client library understands the refusal", () => {
  const headers: Interceptor = (next) => (request) => {
    request.header.set("origin", "https://evil.example");
    return next(request);
  };
  const refusal = { code: Code.PermissionDenied, rawMessage: expect.stringMatching(/TRIBUTARY_CORS_ORIGINS/) };
  const kinds = {
    gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl, interceptors: [headers] }),
    "gRPC-web 1.1": (baseUrl: string) =>
      createGrpcWebTransport({ httpVersion: "1.1", baseUrl, interceptors: [headers] }),
    "gRPC-web 2": (baseUrl: string) => createGrpcWebTransport({ httpVersion: "2", baseUrl, interceptors: [headers] }),
    "Connect 1.1": (baseUrl: string) =>
      createConnectTransport({ httpVersion: "1.1", baseUrl, interceptors: [headers] }),
    "Connect 2": (baseUrl: string) => createConnectTransport({ httpVersion: "2", baseUrl, interceptors: [headers] }),
    "Connect JSON by GET": (baseUrl: string) =>
      createConnectTransport({
        httpVersion: "1.1",
        baseUrl,
        interceptors: [headers],
        useHttpGet: true,
        useBinaryFormat: false,
      }),
  };

  test.each(Object.entries(kinds))("%s", async (_name, transport) => {
    const client = createClient(Echo, transport(`http://127.0.0.1:${server.port}`));
    await expect(client.say({ value: new Uint8Array(3_000_000) })).rejects.toMatchObject(refusal);
    await expect(client.read({ value: "x" })).rejects.toMatchObject(refusal);
    await expect(client.follow({ value: "x" })[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal);
  });

  test("grpc-js", async () => {
    const client = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {
      "grpc.default_authority": "evil.example",
    });
    const refused = grpcJsSay(client, new Uint8Array(3_000_000));
    await expect(refused).rejects.toMatchObject({ code: 7, details: expect.stringMatching(message) });
    client.close();
  });
});

describe("honest clients pass", () => {
  test.each(transportNames)("%s", async (name) => {
    expect((await echoClient(name, server).say({ value: new Uint8Array(1) })).value).toHaveLength(1);
  });

  test("grpc-js, and pages of our own", async () => {
    const client = grpcJsClient(server, "TLS");
    expect(await grpcJsSay(client, new Uint8Array(1))).toHaveLength(1);
    client.close();
    const host = `localhost:${server.port}`;
    expect(await ask({ headers: { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" } })).toMatchObject({
      status: 200,
    });
  });
});

describe("a page of a configured origin", () => {
  const origin = { host: "localhost", origin: trusted };

  test("gets leave beforehand", async () => {
    const asked = { "access-control-request-method": "POST", "access-control-request-headers": "content-type,x-mine" };
    const { status, headers } = await ask({ ...call, method: "OPTIONS", headers: { ...origin, ...asked } });
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": trusted,
      "access-control-allow-headers": "content-type,x-mine",
      "access-control-allow-methods": expect.stringContaining("POST"),
    });
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  test("may read answers, of RPCs too", async () => {
    const readable = { "access-control-allow-origin": trusted, vary: "Origin" };
    expect((await ask({ headers: origin })).headers).toMatchObject(readable);
    const said = await ask({ ...call, headers: { ...origin, "content-type": "application/json" }, body: '"aGk="' });
    expect(said).toMatchObject({ status: 200, body: '"aGk="', headers: readable });
  });

  test("leaves other origins where they were", async () => {
    const { status, headers } = await ask({
      ...call,
      method: "OPTIONS",
      headers: { host: "localhost", origin: "https://other.example", "access-control-request-method": "POST" },
    });
    expect(status).toBe(403);
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });
});

test("a refused upload leaves no half-dead connection", async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const options = { host: "127.0.0.1", port: server.port, agent };
  const upload = http.request({ ...options, method: "POST", path: "/plain", headers: { origin: "null" } });
  upload.on("error", () => {});
  upload.write(Buffer.alloc(100_000));
  const [response] = (await once(upload, "response")) as [http.IncomingMessage];
  expect(response.statusCode).toBe(403);
  expect(response.headers.connection).toBe("close");
  await text(response);
  upload.destroy();
  const [next] = (await once(http.get({ ...options, path: "/plain" }), "response")) as [http.IncomingMessage];
  expect(next.statusCode).toBe(200);
  next.resume();
  agent.destroy();
});

test("a request without any host is refused", async () => {
  const client = await rawClient(server.port);
  client.socket.write("GET /plain HTTP/1.0\r\n\r\n");
  await client.ended();
  expect(client.received()).toMatch(/^HTTP\/1.1 403 [\s\S]*The request names no valid host/);
});
