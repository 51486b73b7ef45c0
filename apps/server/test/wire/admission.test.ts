import http from "node:http";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { RetryInfoSchema } from "@tributary/proto/google/rpc/error_details_pb";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@tributary/proto/grpc/health/v1/health_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { describe, expect, test } from "vitest";
import { type AppServer, startApp } from "./app/app-server.ts";

const limits = { callsPerSecond: 100_000, callsAtOnce: 1_000, streamsAtOnce: 1_000 };
const transports = {
  gRPC: ({ url }: AppServer) => createGrpcTransport({ baseUrl: url }),
  "gRPC-web": ({ url }: AppServer) => createGrpcWebTransport({ baseUrl: url, httpVersion: "1.1" }),
  "Connect over HTTP/1.1": ({ url }: AppServer) => createConnectTransport({ baseUrl: url, httpVersion: "1.1" }),
  "Connect over HTTP/2": ({ url }: AppServer) => createConnectTransport({ baseUrl: url, httpVersion: "2" }),
};
const ways = Object.entries(transports);

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error("the call was not refused");
}

async function expectGreen(server: AppServer): Promise<void> {
  const health = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
  expect((await health.check({})).status).toBe(Status.SERVING);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
}

describe("too many calls a second", () => {
  test.each(ways)("are turned away over %s with a time to come again", async (_name, transport) => {
    await using server = await startApp({ admission: { ...limits, callsPerSecond: 1 } });
    const system = createClient(SystemService, transport(server));
    await system.getSystem({});
    await system.getSystem({});
    const error = await errorOf(system.getSystem({}));
    expect(error).toMatchObject({ code: Code.ResourceExhausted, rawMessage: expect.stringMatching(/try again in/) });
    const [info] = error.findDetails(RetryInfoSchema);
    const wait = Number(info?.retryDelay?.seconds ?? 0) * 1000 + (info?.retryDelay?.nanos ?? 0) / 1e6;
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(1_000);
    expect(error.metadata.get("retry-after")).toBe("1");
    expect(Number(error.metadata.get("grpc-retry-pushback-ms"))).toBe(wait);
    await expectGreen(server);
  });

  test("are answered 429 over plain HTTP", async () => {
    await using server = await startApp({ admission: { ...limits, callsPerSecond: 1 } });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await fetch(`${server.url}/nothing`)).status);
    expect(statuses).toEqual([404, 404, 429]);
    await expectGreen(server);
  });
});

describe("too much at once", () => {
  test("streams are counted apart from calls, and make room when they end", async () => {
    await using server = await startApp({ admission: { ...limits, streamsAtOnce: 2, callsAtOnce: 1 } });
    const transport = createGrpcTransport({ baseUrl: server.url });
    const watch = createClient(WatchService, transport);
    const ending = new AbortController();
    const first = watch.watch({}, { signal: ending.signal })[Symbol.asyncIterator]();
    await first.next();
    const second = watch.watch({})[Symbol.asyncIterator]();
    await second.next();
    const third = watch.watch({})[Symbol.asyncIterator]();
    expect(await errorOf(third.next())).toMatchObject({ code: Code.ResourceExhausted });
    await createClient(SystemService, transport).getSystem({});
    await expectGreen(server);
    ending.abort();
    await expect(first.next()).rejects.toThrow();
    // The place is free once the server has seen the end.
    for (;;) {
      const again = watch.watch({})[Symbol.asyncIterator]();
      const result = await again.next().catch(ConnectError.from);
      if (!(result instanceof ConnectError)) break;
      expect(result.code).toBe(Code.ResourceExhausted);
    }
  });

  test("calls whose bodies never come take their places, and give them back when their connections go", async () => {
    await using server = await startApp({ admission: { ...limits, callsAtOnce: 3 } });
    const slow = Array.from({ length: 3 }, () => {
      const request = http.request(`${server.url}/tributary.v1.SystemService/GetSystem`, {
        method: "POST",
        headers: { "content-type": "application/json", "content-length": "10" },
        agent: false,
      });
      request.on("error", () => {});
      request.write("{");
      return request;
    });
    const system = createClient(SystemService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
    const message = () =>
      system.getSystem({}).then(
        () => "answered",
        (error: ConnectError) => error.rawMessage,
      );
    while (!(await message()).includes("more calls under way"));
    await expectGreen(server);
    for (const request of slow) request.destroy();
    while ((await message()) !== "answered");
  });

  test("what is turned away leaves its HTTP/2 connection as it was", async () => {
    await using server = await startApp({ admission: { ...limits, streamsAtOnce: 1 } });
    const session = http2.connect(server.url);
    const open = () =>
      session.request({
        ":method": "POST",
        ":path": "/tributary.v1.WatchService/Watch",
        "content-type": "application/grpc",
      });
    const held = open();
    held.end(Buffer.alloc(5));
    await new Promise((resolve) => held.once("data", resolve));
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const stream = open();
        const headers = new Promise<http2.IncomingHttpHeaders>((resolve) => stream.once("response", resolve));
        stream.end(Buffer.alloc(5));
        await text(stream);
        return (await headers)["grpc-status"];
      }),
    );
    expect(new Set(answers)).toEqual(new Set(["8"]));
    expect(session.closed).toBe(false);
    session.destroy();
  });
});

test("the worker of this machine works on when people's calls are turned away", async () => {
  await using server = await startApp({ admission: { callsPerSecond: 1, callsAtOnce: 1, streamsAtOnce: 1 } });
  const system = createClient(SystemService, createGrpcTransport({ baseUrl: server.url }));
  const asked = await Promise.allSettled(Array.from({ length: 20 }, () => system.getSystem({})));
  const turnedAway = asked.filter(({ status }) => status === "rejected");
  expect(turnedAway.length).toBeGreaterThanOrEqual(18);
  const socketPath = server.socketPath;
  const transport = createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    nodeOptions: { socketPath },
  });
  const dispatch = createClient(DispatchService, transport);
  const beats = Array.from({ length: 50 }, () => dispatch.heartbeat({ workerId: "nobody" }));
  expect(await Promise.all(beats)).toHaveLength(50);
});
