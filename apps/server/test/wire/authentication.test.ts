import { connect } from "node:http2";
import { createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createToken } from "#core/tokens/create-token.ts";
import { revokeToken } from "#core/tokens/revoke-token.ts";
import { startSession } from "#core/tokens/sessions.ts";
import { browserGuard } from "#listener/browser-guard.ts";
import { authentication } from "#server/authenticate.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

let server: AppServer;
let admin: string;

const newToken = async (on: AppServer, name: string, role: "viewer" | "admin" | "worker" = "viewer") =>
  await createToken(on.inside.ports, { name, role, projects: [], by: "test" });

beforeAll(async () => {
  server = await startApp({ auth: "required" });
  admin = (await newToken(server, "root", "admin")).text;
});
afterAll(() => server.close());

const post = (path: string, headers: Record<string, string> = {}, on = server) =>
  fetch(on.url + path, { method: "POST", body: "{}", headers: { "content-type": "application/json", ...headers } });
const system = "/tributary.v1.SystemService/GetSystem";
const login = "/tributary.v1.SessionService/Login";

const withHeader =
  (authorization: string): Interceptor =>
  (next) =>
  (request) => {
    request.header.set("authorization", authorization);
    return next(request);
  };

describe("a token", () => {
  const transports: Record<string, (url: string, interceptors: Interceptor[]) => Transport> = {
    gRPC: (baseUrl, interceptors) => createGrpcTransport({ baseUrl, interceptors }),
    "gRPC-web": (baseUrl, interceptors) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1", interceptors }),
    Connect: (baseUrl, interceptors) => createConnectTransport({ baseUrl, httpVersion: "2", interceptors }),
    "Connect by GET": (baseUrl, interceptors) =>
      createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors, useHttpGet: true }),
    JSON: (baseUrl, interceptors) =>
      createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors, useBinaryFormat: false }),
  };

  it.each(Object.keys(transports))(
    "lets calls in over %s; without one, or with a wrong one, nothing is served",
    async (name) => {
      const call = (...interceptors: Interceptor[]) =>
        createClient(SystemService, transports[name]!(server.url, interceptors)).getSystem({});
      expect((await call(withHeader(`Bearer ${admin}`))).principal).toBe("root");
      for (const none of [[], [withHeader("Bearer ")], [withHeader("Bearer")]]) {
        await expect(call(...none)).rejects.toThrow(/\[unauthenticated\] 401: no API token was sent/);
      }
      for (const [wrong, why] of [
        [`Bearer ${admin.slice(0, -1)}`, "not whole"],
        [`Bearer trib_${"0".repeat(49)}`, "not whole"],
        ["Bearer eyJhbGciOi.x.y", "not an API token of this server"],
        [`Basic ${admin}`, "not an API token of this server"],
      ] as const) {
        await expect(call(withHeader(wrong))).rejects.toThrow(new RegExp(`\\[unauthenticated\\] 401: .*${why}`));
      }
    },
  );

  it("counts no more as soon as it is revoked", async () => {
    const { token, text } = await newToken(server, "brief");
    expect((await post(system, { authorization: `Bearer ${text}` })).status).toBe(200);
    await revokeToken(server.inside.ports, { id: token.id, by: "test" });
    const answer = await post(system, { authorization: `Bearer ${text}` });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { code: "unauthenticated", message: expect.stringContaining("brief was revoked") },
    ]);
  });

  it("is asked for before a request's body is read", async () => {
    const session = connect(server.url);
    const stream = session.request({ ":method": "POST", ":path": system, "content-type": "application/json" });
    // The body never comes.
    const status = await new Promise((resolve) => stream.on("response", (headers) => resolve(headers[":status"])));
    expect(status).toBe(401);
    session.destroy();
  });

  it("is not asked for by health, the pages, and what is not there", async () => {
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(server.url + path)).status).toBe(200);
    expect((await post("/grpc.health.v1.Health/Check")).status).toBe(200);
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
    expect((await post("/flyteidl.service.AuthMetadataService/GetPublicClientConfig")).status).toBe(501);
  });
});

describe("a worker's token", () => {
  it("does a worker's part and nothing else, and nobody else does it", async () => {
    const { text } = await newToken(server, "remote", "worker");
    const heartbeat = "/tributary.v1.DispatchService/Heartbeat";
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    // It is served, and misses the worker's id.
    expect(await (await post(heartbeat, as(text))).json()).toMatchObject({ code: "invalid_argument" });
    const denied = await post(system, as(text));
    expect([denied.status, await denied.json()]).toEqual([
      403,
      { code: "permission_denied", message: "GetSystem is not a worker's part, and remote is a worker" },
    ]);
    expect((await post(heartbeat, as(admin))).status).toBe(403);
  });
});

describe("a browser's session", () => {
  const cookieOf = async (name: string) => {
    const { text } = await newToken(server, name, "admin");
    const started = await startSession(server.inside.ports, text);
    if ("refused" in started) throw new Error(started.refused);
    return `other=1; tributary_session=${started.text}`;
  };

  it("is begun by a login from our own page, and counts there until logout", async () => {
    const { text } = await newToken(server, "person");
    const begun = await fetch(server.url + login, {
      method: "POST",
      body: JSON.stringify({ token: text }),
      headers: { "content-type": "application/json", origin: server.url },
    });
    const cookie = begun.headers.get("set-cookie")!.split(";", 1)[0]!;
    expect(await begun.json()).toMatchObject({ session: { name: "person", credential: "CREDENTIAL_SESSION" } });
    const own = { cookie, origin: server.url };
    expect(await (await post(system, own)).json()).toMatchObject({ principal: "person" });
    expect((await post("/tributary.v1.SessionService/Logout", own)).status).toBe(200);
    expect((await post(system, own)).status).toBe(401);
    // An old cookie keeps nobody from logging in again.
    const again = await fetch(server.url + login, {
      method: "POST",
      body: JSON.stringify({ token: text }),
      headers: { "content-type": "application/json", ...own },
    });
    expect(again.status).toBe(200);
  });

  it("counts for a call only when that comes from our own page", async () => {
    const cookie = await cookieOf("csrf");
    expect((await post(system, { cookie, origin: server.url })).status).toBe(200);
    expect((await post(system, { cookie })).status).toBe(401);
    expect((await post(system, { cookie, origin: "http://evil.example" })).status).toBe(403);
    expect((await post(system, { cookie, origin: "null" })).status).toBe(403);
    const read = (headers: Record<string, string>) =>
      fetch(`${server.url}${system}?connect=v1&encoding=json&message=%7B%7D`, { headers });
    expect((await read({ cookie })).status).toBe(200);
    expect((await read({ cookie, "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await read({ cookie, "sec-fetch-site": "same-site" })).status).toBe(401);
    expect((await read({ cookie, "sec-fetch-site": "cross-site" })).status).toBe(401);
  });

  it("does not count for a page of a foreign origin that may call", async () => {
    await using other = await startApp({ auth: "required", corsOrigins: ["http://127.0.0.1:9999"] });
    const { text } = await newToken(other, "root", "admin");
    const started = await startSession(other.inside.ports, text);
    const cookie = `tributary_session=${"text" in started ? started.text : ""}`;
    const origin = "http://127.0.0.1:9999";
    expect((await post(system, { cookie, origin }, other)).status).toBe(401);
    expect((await post(system, { authorization: `Bearer ${text}`, origin }, other)).status).toBe(200);
    const preflight = await fetch(other.url + system, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
    });
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("is no API token", async () => {
    const session = (await cookieOf("swap")).split("=").at(-1)!;
    expect((await post(system, { authorization: `Bearer ${session}` })).status).toBe(401);
    expect((await post(system, { cookie: `tributary_session=${admin}`, origin: server.url })).status).toBe(401);
  });
});

describe("without authentication", () => {
  it.each([
    ["local", "local"],
    ["none-i-know", "anonymous"],
  ] as const)("%s callers are %s, but a token of ours that is sent is checked", async (auth, name) => {
    await using open = await startApp({ auth });
    const { text } = await newToken(open, "someone");
    const who = async (headers: Record<string, string>) => (await post(system, headers, open)).json();
    expect(await who({})).toMatchObject({ principal: name });
    // What clients have from elsewhere does not concern us.
    for (const foreign of ["Bearer ", "Bearer eyJhbGciOi.x.y", "Basic eDp5"]) {
      expect(await who({ authorization: foreign })).toMatchObject({ principal: name });
    }
    expect(await who({ authorization: `Bearer ${text}` })).toMatchObject({ principal: "someone" });
    expect(await who({ authorization: `Bearer ${text}x` })).toMatchObject({ code: "unauthenticated" });
    expect(await who({ cookie: "tributary_session=tribs_old", origin: open.url })).toMatchObject({ principal: name });
    const ame = createClient(
      AmeService,
      createGrpcTransport({ baseUrl: open.url, interceptors: [withHeader("Bearer ")] }),
    );
    expect((await ame.listTasks({})).tasks).toEqual({});
  });
});

it("a route that is in no table is nobody's", async () => {
  await using open = await startApp();
  const app = fastify();
  const guard = browserGuard({ allowedHosts: [], allowedOrigins: [] });
  const { onRequest } = authentication({
    tokens: open.inside.ports.tokens,
    mode: "local",
    guard,
    access: new Map([["GET /known", { needs: "viewer", wholeServer: false, audited: false }]]),
    files: new Set(),
    tokenlessStreams: new Set(),
  });
  app.addHook("onRequest", onRequest);
  for (const path of ["/known", "/forgotten"]) app.get(path, () => "here");
  expect((await app.inject("/known")).statusCode).toBe(200);
  expect((await app.inject({ method: "HEAD", url: "/known" })).statusCode).toBe(200);
  const forgotten = await app.inject("/forgotten");
  expect([forgotten.statusCode, forgotten.body]).toEqual([403, expect.stringContaining("not in the table of roles")]);
  await app.close();
});
