import { once } from "node:events";
import { connect, constants } from "node:http2";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptPhase, TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createToken } from "#core/tokens/create-token.ts";
import { type AppServer, type LogLine, startApp } from "./app/app-server.ts";
import { type Ask, type Exchanged, exchange } from "./lean/exchange.ts";

/** The same server twice: one answers hot RPCs by the lean path, one everything through Connect. */
let servers: Readonly<Record<"lean" | "connect", AppServer>>;

beforeAll(async () => {
  const [lean, connect] = await Promise.all([
    startApp({ logLevel: "error" }),
    startApp({ logLevel: "error", lean: false }),
  ]);
  servers = { lean, connect };
});
afterAll(async () => {
  for (const server of Object.values(servers)) {
    // Whatever was sent, none of it was the server's fault.
    expect(server.log).toEqual([]);
    await server.close();
  }
});

/** What both paths answer, which must be the same; and which way the first took. */
async function both(ask: Ask): Promise<Exchanged> {
  const lean = await exchange(servers.lean, ask);
  const connect = await exchange(servers.connect, ask);
  expect(comparable(lean, ask)).toEqual(comparable(connect, ask));
  expect(lean.requestId).toBe(connect.requestId);
  return lean;
}

/** Tasks have times, which are each server's own, and not always as long. */
function comparable({ told }: Exchanged, { path }: Ask): object {
  const hasTimes = path.endsWith("/GetTask") || (path.endsWith("/ListTasks") && told.type === "application/proto");
  if (!hasTimes) return told;
  const { "content-length": _, ...head } = told.head;
  return { ...told, head, body: told.body.length > 0 };
}

function enveloped(message: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

interface Hot {
  readonly path: string;
  readonly asWorker: boolean;
  /** A request that is answered. */
  readonly good: Buffer;
  /** One that is refused by rules of the message or by its handler, and with which code. */
  readonly refused: Buffer;
  readonly code: string;
}

function hot<I extends DescMessage>(
  service: { readonly typeName: string },
  method: { readonly name: string; readonly input: I },
  good: MessageInitShape<I>,
  refused: MessageInitShape<I>,
  code: string,
): Hot {
  const bytes = (message: MessageInitShape<I>) => Buffer.from(toBinary(method.input, create(method.input, message)));
  const path = `/${service.typeName}/${method.name}`;
  return { path, asWorker: path.includes("Dispatch"), good: bytes(good), refused: bytes(refused), code };
}

const { submitTask } = TaskQueue.method;
const { getTask, listTasks } = TaskService.method;
const { heartbeat, report, appendLog } = DispatchService.method;
const attempt = { taskId: 1, number: 1 };
const content = new TextEncoder().encode("a line\n");
const methods = [
  // First, while there are no tasks.
  hot(TaskService, listTasks, { pageSize: 10 }, { pageToken: "none of ours" }, "3"),
  hot(TaskQueue, submitTask, { command: "echo" }, { command: "echo", container: "../alpine" }, "3"),
  hot(TaskService, getTask, { id: 1 }, { id: 0 }, "3"),
  hot(DispatchService, heartbeat, { workerId: "nobody" }, { workerId: "" }, "3"),
  hot(
    DispatchService,
    report,
    { workerId: "w", reports: [{ attempt, sequence: 1, phase: AttemptPhase.RUNNING }] },
    { workerId: "w", reports: [{ attempt: { taskId: 0, number: 0 } }] },
    "3",
  ),
  hot(DispatchService, appendLog, { workerId: "w", attempt, pieces: [{ content }] }, { workerId: "" }, "3"),
];

describe.each(methods)("$path", ({ path, asWorker, good, refused, code }) => {
  const ask = (body: Ask["body"], headers: Ask["headers"] = {}): Ask => ({ path, asWorker, headers, body });

  test("answers a good request and a refused one, with its details", async () => {
    const answered = await both(ask([enveloped(good)]));
    expect(answered).toMatchObject({ way: "lean", requestId: "asked", told: { status: 200, resetCode: 0 } });
    expect(answered.told.trailers).toEqual({ "grpc-status": "0" });
    const told = await both(ask([enveloped(refused)]));
    expect(told).toMatchObject({ way: "lean", told: { body: "", trailers: { "grpc-status": code } } });
    expect(told.told.trailers["grpc-status-details-bin"]).toBeDefined();
  });

  test.each([
    ["is broken", [enveloped(Buffer.from([255, 255]))], "3"],
    ["has no message", [], "12"],
    ["has two messages", [enveloped(good), enveloped(good)], "12"],
    ["ends in a second message's head", [enveloped(good), Buffer.from([0, 0])], "3"],
    ["ends in the middle", [enveloped(good).subarray(0, -1)], "3"],
    ["pretends to be over the limit", [Buffer.from([0, 0xff, 0, 0, 0]), 100], "8"],
    ["has a flag that there is not", [enveloped(good, 4)], undefined],
  ] as const)("says what is wrong with a request that %s", async (_what, body, status) => {
    const { told } = await both(ask(body));
    if (status !== undefined) expect(told.trailers["grpc-status"]).toBe(status);
  });

  test.each([
    ["gzip", gzipSync, "0"],
    ["br", brotliCompressSync, "0"],
    ["identity", gzipSync, "3"],
    ["snappy", gzipSync, "12"],
    [undefined, gzipSync, "3"],
    ["gzip", () => Buffer.from("no gzip at all"), "3"],
  ] as const)("reads what is compressed by %s", async (encoding, compress, status) => {
    const { told } = await both(ask([enveloped(compress(good), 1)], { "grpc-encoding": encoding }));
    expect(told.trailers["grpc-status"]).toBe(status);
  });

  test.each(["identity,deflate,gzip", "br", "identity", "snappy", ""])(
    "names how it answers who accepts %j",
    async (accept) => {
      const { told } = await both(ask([enveloped(good)], { "grpc-accept-encoding": accept }));
      expect(told.head["grpc-encoding"]).toBe({ "identity,deflate,gzip": "gzip", br: "br" }[accept]);
    },
  );

  test.each([
    ["1S", "0"],
    ["20000000u", "0"],
    ["forever", "3"],
    ["99999999H", "3"],
    ["-1S", "3"],
  ])("takes or refuses the deadline %s", async (timeout, status) => {
    const { told } = await both(ask([enveloped(good)], { "grpc-timeout": timeout }));
    expect(told.trailers["grpc-status"]).toBe(status);
  });

  test.each([
    ["application/grpc+proto", "lean"],
    ["application/grpc", "lean"],
    ["Application/GRPC", "connect"],
    ["application/grpc+json", "connect"],
    ["application/grpc+thrift", "connect"],
    ["application/grpc-web+proto", "connect"],
    ["application/proto", "lean"],
    ["application/json", "connect"],
    ["application/connect+proto", "connect"],
    [undefined, "connect"],
  ] as const)("takes requests of the type %s the way %s", async (type, way) => {
    expect((await both(ask([enveloped(good)], { "content-type": type }))).way).toBe(way);
  });

  test.each([
    ["in pieces", [...enveloped(good)].map((byte) => Buffer.of(byte))],
    ["slowly", [...enveloped(good)].flatMap((byte) => [Buffer.of(byte), 5])],
    ["and ends late", [enveloped(good), 150]],
    ["late", [150, enveloped(good)]],
    ["and more than it should, late", [enveloped(good), 150, Buffer.of(0)]],
  ] as const)("answers a request that comes %s", async (_how, body) => {
    await both(ask(body));
  });

  test("needs no te header, and minds no other method", async () => {
    expect((await both(ask([enveloped(good)], { te: undefined }))).way).toBe("lean");
    expect((await both(ask([enveloped(good)], { ":method": "PUT" }))).told.status).toBe(405);
  });

  test("refuses hosts and origins that are not ours", async () => {
    const strange = [
      { ":authority": "evil.example" },
      { origin: "https://evil.example" },
      { "sec-fetch-site": "cross-site" },
    ];
    for (const headers of strange) {
      const { told } = await both({ ...ask([enveloped(good)], headers), asWorker: false });
      expect(told.trailers["grpc-status"] ?? told.head["grpc-status"]).toBe("7");
    }
    const own = await both({ ...ask([enveloped(good)], { origin: `http://localhost` }), asWorker: false });
    expect(own.way).toBe("connect");
  });

  test("refuses strangers and whoever lacks the role", async () => {
    const strange = await both({
      ...ask([enveloped(good)], { authorization: "Bearer trib_nonsense" }),
      asWorker: false,
    });
    expect(strange.told.head["grpc-status"]).toBe("16");
    const other = await both({ ...ask([enveloped(good)]), asWorker: !asWorker });
    expect(other).toMatchObject({ way: "lean", told: { trailers: { "grpc-status": "7" } } });
  });

  test("is the same over TLS", async () => {
    expect((await both({ ...ask([enveloped(good)]), asWorker: false, tls: true })).way).toBe("lean");
  });
});

describe.each(methods)("Connect's $path", ({ path, asWorker, good, refused, code }) => {
  const ask = (body: Ask["body"], headers: Ask["headers"] = {}): Ask => {
    return { path, asWorker, headers: { "content-type": "application/proto", te: undefined, ...headers }, body };
  };

  test("answers a good request and a refused one, with its details", async () => {
    const answered = await both(ask([good]));
    expect(answered).toMatchObject({
      way: "lean",
      requestId: "asked",
      told: { status: 200, type: "application/proto", trailers: {} },
    });
    const told = await both(ask([refused]));
    expect(code).toBe("3");
    expect(told).toMatchObject({ way: "lean", told: { status: 400, type: "application/json" } });
    const error = JSON.parse(Buffer.from(told.told.body, "hex").toString());
    expect(error).toMatchObject({ code: "invalid_argument", details: [{}] });
  });

  test.each([
    ["is broken", [Buffer.from([255, 255])], {}, 400],
    ["is compressed by gzip", [gzipSync(good)], { "content-encoding": "gzip" }, 200],
    ["is compressed by nothing", [good], { "content-encoding": "identity" }, 200],
    ["says that it is compressed", [good], { "content-encoding": "gzip" }, 400],
    ["is compressed as nobody can", [good], { "content-encoding": "snappy" }, 501],
    ["has a deadline", [good], { "connect-timeout-ms": "20000" }, 200],
    ["has a deadline that is none", [good], { "connect-timeout-ms": "soon" }, 400],
    ["has a deadline that is too long", [good], { "connect-timeout-ms": "9999999999" }, 400],
    ["names the protocol's version", [good], { "connect-protocol-version": "1" }, 200],
    ["comes in pieces", [...good].map((byte) => Buffer.of(byte)), {}, 200],
    ["comes late", [150, good], {}, 200],
  ] as const)("answers a request that %s", async (_what, body, headers, status) => {
    expect((await both(ask(body, headers))).told.status).toBe(status);
  });

  test("has messages without a byte", async () => {
    await both(ask([]));
  });

  test.each(["gzip", "br", "identity", "snappy"])("names how it answers who accepts %j", async (accept) => {
    expect((await both(ask([good], { "accept-encoding": accept }))).way).toBe("lean");
  });

  test("refuses strangers and whoever lacks the role", async () => {
    const strange = await both({ ...ask([good], { authorization: "Bearer trib_nonsense" }), asWorker: false });
    expect(strange.told.status).toBe(401);
    const other = await both({ ...ask([good]), asWorker: !asWorker });
    expect(other).toMatchObject({ way: "lean", told: { status: 403 } });
  });

  test("leaves browsers' requests to the other path", async () => {
    const own = await both({ ...ask([good], { origin: "http://localhost" }), asWorker: false });
    expect(own.way).toBe("connect");
  });
});

/** A test of one server that is started for it, once for each path. */
function onBothPaths(
  name: string,
  options: Parameters<typeof startApp>[0],
  act: (server: AppServer, way: Exchanged["way"]) => Promise<unknown>,
): void {
  test(name, async () => {
    const told = [];
    for (const way of ["lean", "connect"] as const) {
      await using server = await startApp({ ...options, lean: way === "lean" });
      told.push(await act(server, way));
    }
    expect(told[0]).toEqual(told[1]);
  });
}

const submit = (headers: Ask["headers"] = {}, command = "echo"): Ask => {
  const message = toBinary(submitTask.input, create(submitTask.input, { command }));
  return { path: "/taskqueue.TaskQueue/SubmitTask", headers, body: [enveloped(message)] };
};

async function untilLine(server: AppServer, requestId: string): Promise<LogLine> {
  return vi.waitFor(
    () => {
      const line = server.log.find((one) => one.requestId === requestId && one.msg === "call");
      if (!line) throw new Error(`no line of ${requestId} yet`);
      return line;
    },
    { timeout: 15_000, interval: 5 },
  );
}

onBothPaths("a fault tells Connect's caller the id alone, and the log its code", {}, async (server) => {
  const { store } = server.inside.ports;
  const original = store.transact;
  Object.assign(store, { transact: () => Promise.reject(new Error("the disk has gone")) });
  const message = toBinary(submitTask.input, create(submitTask.input, { command: "echo" }));
  const headers = { "x-request-id": "faulty", "content-type": "application/proto", te: undefined };
  const { told } = await exchange(server, { ...submit(), headers, body: [Buffer.from(message)] });
  Object.assign(store, { transact: original });
  expect(told.status).toBe(500);
  expect(Buffer.from(told.body, "hex").toString()).toMatch(/"code":"internal".*request id faulty"/);
  expect(await untilLine(server, "faulty")).toMatchObject({ code: "internal", protocol: "connect" });
  return told;
});

onBothPaths("a fault tells its caller the id alone, and the log all of it", {}, async (server) => {
  const { store } = server.inside.ports;
  const original = store.transact;
  Object.assign(store, { transact: () => Promise.reject(new Error("the disk has gone")) });
  const { told } = await exchange(server, submit({ "x-request-id": "faulty" }));
  Object.assign(store, { transact: original });
  const message = decodeURIComponent(String(told.trailers["grpc-message"]));
  expect(message).toMatch(/request id faulty$/);
  expect(await untilLine(server, "faulty")).toMatchObject({ code: "internal" });
  const faults = server.log.filter(({ level, msg }) => level === 50 && msg === "a call failed by a fault");
  expect(faults).toMatchObject([{ requestId: "faulty", rpc: "taskqueue.TaskQueue/SubmitTask" }]);
  return told;
});

test.each(["application/grpc", "application/proto"])(
  "a body of %s that is shorter than its head says breaks its own call",
  async (type) => {
    const session = connect(servers.lean.url);
    session.on("error", () => {});
    const broken = session.request({
      ":method": "POST",
      ":path": submit().path,
      "content-type": type,
      "content-length": "1000",
    });
    const closed = new Promise((resolve) => broken.on("error", () => {}).on("close", resolve));
    broken.end(Buffer.from([0]));
    await closed;
    session.destroy();
    expect(broken.rstCode).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
    expect((await exchange(servers.lean, submit())).told.trailers).toEqual({ "grpc-status": "0" });
  },
);

onBothPaths("calls are counted, noted in the log and in the audit trail", {}, async (server, way) => {
  expect(await exchange(server, submit({ "x-request-id": "noted" }))).toMatchObject({ way, requestId: "noted" });
  const { rpc, protocol, code, principal, received, sent } = await untilLine(server, "noted");
  expect(code).toBe("ok");
  const { audit, store } = server.inside.ports;
  await audit.settled();
  const { events } = await store.view.listAuditEvents({ filter: {}, limit: 10 });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = metrics.split("\n").filter((line) => /_(total|count|open)\{[^}]*(SubmitTask|grpc|unary)/.test(line));
  return {
    rpc,
    protocol,
    code,
    principal,
    received,
    sent,
    counted,
    events: events.map(({ id: _id, at: _at, ...event }) => event),
  };
});

onBothPaths(
  "what is too much is turned away with a time to come again, and counted once",
  { admission: { callsPerSecond: 0.001, callsAtOnce: 5, streamsAtOnce: 5 } },
  async (server) => {
    // Its burst is less than one call.
    const { told } = await exchange(server, submit());
    expect(told.head["grpc-status"]).toBe("8");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return /tributary_calls_shed_total\{reason="rate"\} \d+/.exec(metrics)?.[0];
  },
);

onBothPaths("tokens are asked for where they are required", { auth: "required" }, async (server, way) => {
  const { ports } = server.inside;
  const newToken = async (name: string, role: "viewer" | "runner", projects: readonly string[] = []) =>
    `Bearer ${(await createToken(ports, { name, role, projects: [...projects], by: "test" })).text}`;
  const runner = await newToken("runs", "runner");
  expect(await exchange(server, submit({ authorization: runner }))).toMatchObject({
    way,
    told: { trailers: { "grpc-status": "0" } },
  });
  const told = [];
  for (const authorization of [undefined, "Bearer", "Bearer trib_x", await newToken("looks", "viewer")]) {
    told.push((await exchange(server, submit({ authorization }))).told);
  }
  expect(told.map(({ head, trailers }) => head["grpc-status"] ?? trailers["grpc-status"])).toEqual([
    "16",
    "16",
    "16",
    "7",
  ]);
  return told;
});

onBothPaths("a token of scitq's clients changes nothing over Connect", { auth: "required" }, async (server, way) => {
  const token = { name: "queue", role: "runner", projects: [], by: "test", clientDialect: "scitq" } as const;
  const { text } = await createToken(server.inside.ports, token);
  const message = Buffer.from(toBinary(submitTask.input, create(submitTask.input, { command: "echo" })));
  const headers = { authorization: `Bearer ${text}`, "content-type": "application/proto", te: undefined };
  const { told, way: went } = await exchange(server, { ...submit(), headers, body: [message] });
  expect({ went, status: told.status }).toEqual({ went: way, status: 200 });
  expect(fromBinary(submitTask.output, Buffer.from(told.body, "hex")).taskId).toBe(1);
  return told;
});

onBothPaths(
  "a caller who goes is noted as such, and gives back its place",
  {
    admission: { callsPerSecond: 1_000, callsAtOnce: 1, streamsAtOnce: 5 },
  },
  async (server) => {
    const { store } = server.inside.ports;
    const original = store.transact;
    const held = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    Object.assign(store, {
      async transact(...args: Parameters<typeof original>) {
        began.resolve();
        await held.promise;
        return original.apply(store, args);
      },
    });
    const session = connect(server.url);
    session.on("error", () => {});
    const { path, body } = submit();
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      "x-request-id": "gone",
    });
    stream.on("error", () => {});
    stream.end(body[0]);
    await began.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, "close");
    held.resolve();
    Object.assign(store, { transact: original });
    const { code, received } = await untilLine(server, "gone");
    // The one place is free again.
    const again = await exchange(server, submit());
    session.destroy();
    return { code, received, again: again.told.trailers };
  },
);

onBothPaths(
  "a request that never ends is refused in the time that bodies have",
  { bodies: { stallMs: 300, wholeMs: 60_000 } },
  async (server) => {
    const session = connect(server.url);
    const { path, body } = submit();
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc" });
    stream.on("error", () => {});
    const trailers = once(stream, "trailers");
    stream.resume().write(body[0]);
    const [{ "grpc-status": status, "grpc-message": message }] = await trailers;
    session.destroy();
    expect(status).toBe("4");
    return message;
  },
);

onBothPaths("long answers and long errors of Connect are compressed for those who can read it", {}, async (server) => {
  const asks = [{ reports: 200 }, { reports: 200, taskId: 0 }].map(({ reports, taskId }) => {
    const each = (n: number) => ({
      attempt: { taskId: taskId ?? n + 1, number: 1 },
      sequence: 1,
      phase: AttemptPhase.RUNNING,
    });
    return { workerId: "w", reports: Array.from({ length: reports }, (_, n) => each(n)) };
  });
  const told = [];
  for (const message of asks) {
    const exchanged = await exchange(server, {
      path: "/tributary.v1.DispatchService/Report",
      asWorker: true,
      body: [Buffer.from(toBinary(report.input, create(report.input, message)))],
      headers: { "content-type": "application/proto", te: undefined, "accept-encoding": "gzip" },
    });
    expect(exchanged.told.head["content-encoding"]).toBe("gzip");
    told.push({ ...exchanged.told, body: gunzipSync(Buffer.from(exchanged.told.body, "hex")).toString("hex") });
  }
  expect(told.map(({ status }) => status)).toEqual([200, 400]);
  return told;
});

onBothPaths("long answers are compressed for those who can read it", {}, async (server) => {
  const reports = Array.from({ length: 200 }, (_, n) => ({
    attempt: { taskId: n + 1, number: 1 },
    sequence: 1,
    phase: AttemptPhase.RUNNING,
  }));
  const message = toBinary(report.input, create(report.input, { workerId: "w", reports }));
  const ask = { path: "/tributary.v1.DispatchService/Report", asWorker: true, body: [enveloped(message)] };
  const { told } = await exchange(server, { ...ask, headers: { "grpc-accept-encoding": "gzip" } });
  const answer = Buffer.from(told.body, "hex");
  expect(answer[0]).toBe(1);
  expect(fromBinary(report.output, gunzipSync(answer.subarray(5))).results).toHaveLength(200);
  return told;
});
