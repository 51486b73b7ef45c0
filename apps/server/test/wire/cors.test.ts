import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserGuard } from "#listener/browser-guard.ts";
import { type AppServer, startApp } from "./app/app-server.ts";
import { browserFetch } from "./app/browser-fetch.ts";

const notebook = "https://notebooks.example.org";
let server: AppServer;
beforeAll(async () => {
  server = await startApp({ corsOrigins: [notebook, "http://lab.example.org:8888"] });
});
afterAll(() => server.close());

const transports = {
  "gRPC-web": createGrpcWebTransport,
  Connect: createConnectTransport,
  "Connect with binary messages": (options: Parameters<typeof createConnectTransport>[0]) =>
    createConnectTransport({ ...options, useBinaryFormat: true }),
  "Connect by GET": (options: Parameters<typeof createConnectTransport>[0]) =>
    createConnectTransport({ ...options, useHttpGet: true }),
};

describe.each(Object.entries(transports))("a notebook of a configured origin over %s", (_name, transport) => {
  const connected = (log?: string[]) => transport({ baseUrl: server.url, fetch: browserFetch(notebook, log) });

  test("calls, sends its token, and reads the answer", async () => {
    const log: string[] = [];
    let requestId: string | null = "";
    const answer = await createClient(SystemService, connected(log)).getSystem(
      {},
      {
        headers: { authorization: "Bearer something", "x-request-id": "from-a-notebook" },
        onHeader: (header) => {
          requestId = header.get("x-request-id");
        },
      },
    );
    expect(answer.version).toBe("test");
    expect(requestId).toBe("from-a-notebook");
    expect(log[0]).toBe("preflight");
  });

  test("reads why a call was refused", async () => {
    const refused = createClient(TaskService, connected()).getTask({ id: 4711 });
    await expect(refused).rejects.toMatchObject({ code: Code.NotFound, rawMessage: expect.stringContaining("4711") });
  });

  test("follows a stream, and learns at once what was refused at the door", async () => {
    const ending = new AbortController();
    const watch = createClient(WatchService, connected()).watch({}, { signal: ending.signal });
    expect((await watch[Symbol.asyncIterator]().next()).value).toMatchObject({ heartbeat: true });
    ending.abort();
  });
});

test("what is turned away for too much load is readable too", async () => {
  await using busy = await startApp({
    corsOrigins: [notebook],
    admission: { callsPerSecond: 1, callsAtOnce: 9, streamsAtOnce: 9 },
  });
  const transport = createGrpcWebTransport({ baseUrl: busy.url, fetch: browserFetch(notebook) });
  const system = createClient(SystemService, transport);
  const answers = await Promise.allSettled(Array.from({ length: 5 }, () => system.getSystem({})));
  const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [ConnectError.from(answer.reason)] : []));
  expect(refused.length).toBeGreaterThan(0);
  for (const error of refused) {
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.metadata.get("retry-after")).toBe("1");
  }
});

describe("pages of other origins", () => {
  test.each([
    "https://evil.example",
    "https://notebooks.example.org.evil.example",
    "http://notebooks.example.org",
    "https://notebooks.example.org:444",
    "https://sub.notebooks.example.org",
    "null",
  ])("%s: nothing of them is let through", async (origin) => {
    const transport = createGrpcWebTransport({ baseUrl: server.url, fetch: browserFetch(origin) });
    await expect(createClient(SystemService, transport).getSystem({})).rejects.toThrow("Failed to fetch");
    const answer = await fetch(`${server.url}/healthz`, { headers: { origin } });
    expect(answer.status).toBe(403);
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
    const simple = await fetch(`${server.url}/tributary.v1.SystemService/GetSystem`, {
      method: "POST",
      headers: { origin, "content-type": "text/plain" },
      body: "{}",
    });
    expect(simple.status).toBe(403);
  });
});

describe("answers", () => {
  test("name the one origin, never all, and allow no cookies", async () => {
    const answer = await fetch(`${server.url}/healthz`, { headers: { origin: notebook } });
    expect(answer.headers.get("access-control-allow-origin")).toBe(notebook);
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
    expect(answer.headers.get("vary")).toMatch(/origin/i);
    const exposed = answer.headers.get("access-control-expose-headers")?.toLowerCase().split(", ");
    for (const name of ["grpc-status", "grpc-message", "grpc-status-details-bin", "x-request-id", "retry-after"]) {
      expect(exposed).toContain(name);
    }
  });

  test("vary by origin for callers without one too", async () => {
    const answer = await fetch(`${server.url}/healthz`);
    expect(answer.headers.get("vary")).toMatch(/origin/i);
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("to a preflight are kept for hours, for plain HTTP as well", async () => {
    const headers = { origin: notebook, "access-control-request-method": "PUT" };
    const answer = await fetch(`${server.url}/anything`, { method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(Number(answer.headers.get("access-control-max-age"))).toBeGreaterThanOrEqual(3_600);
    expect(answer.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(answer.headers.get("access-control-allow-headers")?.toLowerCase()).toContain("authorization");
    expect(answer.headers.get("vary")).toMatch(/origin/i);
  });
});

test.each(["*", "null", "https://*.example.org", "notebooks.example.org", "https://a.example/path"])(
  "%s is no origin that can be configured",
  (origin) => {
    expect(() => browserGuard({ allowedHosts: [], allowedOrigins: [origin] })).toThrow(/TRIBUTARY_CORS_ORIGINS/);
  },
);
