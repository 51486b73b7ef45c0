import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { RequestInfoSchema } from "@tributary/proto/google/rpc/error_details_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, type LogLine, startApp } from "./app/app-server.ts";

let server: AppServer;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

const transports = {
  gRPC: () => createGrpcTransport({ baseUrl: server.url, interceptors: [asked] }),
  "gRPC-web": () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: "1.1", interceptors: [asked] }),
  Connect: () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1", interceptors: [asked] }),
};
const protocols = Object.entries({ gRPC: "grpc", "gRPC-web": "grpc-web", Connect: "connect" });

let id = 0;
/** Gives each request an id of its own. */
const asked: Interceptor = (next) => (request) => {
  id += 1;
  request.header.set("x-request-id", `asked-${id}`);
  return next(request);
};

async function lineOf(requestId: string, message = "call"): Promise<LogLine> {
  for (;;) {
    const line = server.log.find((one) => one.requestId === requestId && one.msg === message);
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function refusedBy(call: Promise<unknown>): Promise<ConnectError> {
  return ConnectError.from(
    await call.then(
      () => new Error("not refused"),
      (error: unknown) => error,
    ),
  );
}

/** Makes every read of tasks fail, as a disk that has gone would. */
async function withFault<T>(act: () => Promise<T>): Promise<T> {
  const { view } = server.inside.ports.store;
  const original = view.getTask;
  Object.assign(view, { getTask: () => Promise.reject(new Error("the disk has gone, said /var/secret-place")) });
  try {
    return await act();
  } finally {
    Object.assign(view, { getTask: original });
  }
}

describe.each(protocols)("over %s", (name, protocol) => {
  const transport = (): Transport => transports[name as keyof typeof transports]();

  test("a call leaves one line with its id, code, time, caller and bytes", async () => {
    let header = new Headers();
    await createClient(SystemService, transport()).getSystem({}, { onHeader: (headers) => (header = headers) });
    const requestId = `asked-${id}`;
    expect(header.get("x-request-id")).toBe(requestId);
    expect(await lineOf(requestId)).toMatchObject({
      level: 30,
      rpc: "tributary.v1.SystemService/GetSystem",
      protocol,
      code: "ok",
      principal: "local",
      ms: expect.any(Number),
      received: expect.any(Number),
      sent: expect.any(Number),
    });
    expect((await lineOf(requestId)).sent).toBeGreaterThan(20);
    expect(server.log.filter((line) => line.requestId === requestId)).toHaveLength(1);
  });

  test("the line of a refused call tells the code", async () => {
    const refused = createClient(TaskService, transport()).getTask({ id: 4711 });
    expect(await refusedBy(refused)).toMatchObject({ code: Code.NotFound });
    expect(await lineOf(`asked-${id}`)).toMatchObject({ code: "not_found" });
  });

  test("the line of a stream is written at its end", async () => {
    const ending = new AbortController();
    const watch = createClient(WatchService, transport()).watch({}, { signal: ending.signal });
    const changes = watch[Symbol.asyncIterator]();
    await changes.next();
    const requestId = `asked-${id}`;
    expect(server.log.filter((line) => line.requestId === requestId)).toHaveLength(0);
    ending.abort();
    await expect(changes.next()).rejects.toThrow();
    expect(await lineOf(requestId)).toMatchObject({ code: "canceled", rpc: "tributary.v1.WatchService/Watch" });
  });

  test("a fault tells its caller nothing but the id, and the log all of it, once", async () => {
    const error = await withFault(() => refusedBy(createClient(TaskService, transport()).getTask({ id: 1 })));
    const requestId = `asked-${id}`;
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toContain(requestId);
    expect(error.rawMessage).not.toContain("disk");
    expect(error.metadata.get("x-request-id")).toBe(requestId);
    expect(error.findDetails(RequestInfoSchema)).toMatchObject([{ requestId }]);
    expect(await lineOf(requestId)).toMatchObject({ code: "internal" });
    const faults = server.log.filter((line) => line.requestId === requestId && line.level === 50);
    expect(faults).toMatchObject([{ err: { message: /the disk has gone/, stack: /request-ids/ } }]);
  });
});

describe("ids of requests", () => {
  test.each(["", "has space", "x".repeat(65), "new\tline", "<script>"])("%j is replaced", async (given) => {
    const answer = await fetch(`${server.url}/healthz`, { headers: { "x-request-id": given } });
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("are answered on refusals at the door too, and told in their line", async () => {
    const headers = { "x-request-id": "at-the-door", origin: "https://evil.example" };
    const answer = await fetch(`${server.url}/tributary.v1.SystemService/GetSystem?x=secret`, { headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-request-id")).toBe("at-the-door");
    expect(await lineOf("at-the-door", "request")).toMatchObject({
      method: "GET",
      path: "/tributary.v1.SystemService/GetSystem",
      status: 403,
    });
  });

  test("are told for bytes that are no message", async () => {
    const answer = await fetch(`${server.url}/tributary.v1.TaskService/GetTask`, {
      method: "POST",
      headers: { "content-type": "application/proto", "x-request-id": "malformed" },
      body: new Uint8Array([255, 255]),
    });
    expect(answer.status).toBe(400);
    expect(await lineOf("malformed")).toMatchObject({ code: "invalid_argument", received: 2 });
  });
});

test("neither tokens nor secrets are in any line", async () => {
  const canary = "canary-7b1f0c";
  const secret: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${canary}`);
    request.header.set("cookie", `session=${canary}`);
    return next(request);
  };
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1", interceptors: [secret, asked] });
  const secrets = createClient(SecretService, transport);
  await secrets.createSecret({ key: "a", value: canary });
  const requestId = `asked-${id}`;
  await lineOf(requestId);
  await withFault(() => refusedBy(createClient(TaskService, transport).getTask({ id: 1 })));
  await lineOf(`asked-${id}`);
  expect(JSON.stringify(server.log)).not.toContain(canary);
});
