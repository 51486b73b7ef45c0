import { once } from "node:events";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "./app/app-server.ts";
import { RawSession } from "./hostile/frames.ts";
import { startEcho } from "./listener/echo-server.ts";

const MIB = 1024 * 1024;
const path = "/tributary.v1.SystemService/GetSystem";
let server: AppServer;
beforeAll(async () => {
  server = await startApp({ logLevel: "error" });
});
afterAll(async () => {
  // Whatever was sent, none of it was the server's fault.
  expect(server.log).toEqual([]);
  await server.close();
});

interface Told {
  readonly status: number | undefined;
  readonly headers: http2.IncomingHttpHeaders;
  readonly trailers: http2.IncomingHttpHeaders;
  readonly body: string;
}

async function post(
  to: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  port: number = server.port,
): Promise<Told> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": to, te: "trailers", ...headers });
  stream.on("error", () => {});
  let [head, trailers]: http2.IncomingHttpHeaders[] = [];
  stream.once("response", (some) => {
    head = some;
  });
  stream.once("trailers", (some) => {
    trailers = some;
  });
  stream.end(body);
  const told = await text(stream);
  session.destroy();
  return { status: head?.[":status"], headers: head ?? {}, trailers: trailers ?? head ?? {}, body: told };
}

/** A message in an envelope, with the flag that says it is compressed. */
function enveloped(message: Buffer, compressed: boolean): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const grpc = { "content-type": "application/grpc" };

describe("compression", () => {
  test("that is flagged without being named is refused", async () => {
    const { trailers } = await post(path, grpc, enveloped(gzipSync(Buffer.alloc(10)), true));
    expect(trailers["grpc-status"]).toMatch(/^(3|13)$/);
    expect(trailers["grpc-message"]).not.toMatch(/at .*\.js/);
  });

  test("of an unknown kind is unimplemented, with a list of those that are known", async () => {
    const unknown = await post(path, { ...grpc, "grpc-encoding": "snappy" }, enveloped(Buffer.alloc(3), true));
    expect(unknown.trailers["grpc-status"]).toBe("12");
    const listed = `${unknown.headers["grpc-accept-encoding"]} ${decodeURIComponent(String(unknown.trailers["grpc-message"]))}`;
    expect(listed).toMatch(/gzip/);
    const connect = await post(
      path,
      { "content-type": "application/proto", "content-encoding": "snappy" },
      Buffer.alloc(3),
    );
    expect(JSON.parse(connect.body)).toMatchObject({ code: "unimplemented" });
  });

  test("that is broken is the caller's mistake", async () => {
    const broken = enveloped(Buffer.from("this is not gzip"), true);
    const { trailers } = await post(path, { ...grpc, "grpc-encoding": "gzip" }, broken);
    expect(trailers["grpc-status"]).toBe("3");
  });

  test.each([
    ["gzip", (bytes: Buffer) => gzipSync(bytes)],
    ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ])("by %s of a thousandfold is refused by its size, in bounded memory", async (name, compress) => {
    await using echo = await startEcho({ rpc: { messageBytes: MIB } });
    const say = "/listener.echo.Echo/Say";
    const bomb = compress(Buffer.alloc(100 * MIB));
    expect(bomb.length).toBeLessThan(MIB);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 1);
    const { trailers } = await post(say, { ...grpc, "grpc-encoding": name }, enveloped(bomb, true), echo.port);
    const connect = await post(say, { "content-type": "application/proto", "content-encoding": name }, bomb, echo.port);
    clearInterval(watching);
    expect(trailers["grpc-status"]).toBe("8");
    expect(JSON.parse(connect.body)).toMatchObject({ code: "resource_exhausted" });
    // Not the 100 MiB that each pretends to be.
    expect(most - before).toBeLessThan(50 * MIB);
  });
});

describe("text that is not Unicode", () => {
  test.each([
    ["in a name that is answered", "/ame.v1.AmeService/GetTask", '{"name":"\\ud800"}'],
    ["in a number", "/tributary.v1.TaskService/GetTask", '{"id":"\\ud800"}'],
  ])("%s is answered, over every protocol", async (_where, to, json) => {
    const message = Buffer.from(json);
    const grpcJson = await post(to, { "content-type": "application/grpc+json" }, enveloped(message, false));
    expect(grpcJson.trailers["grpc-status"]).toMatch(/^(3|5)$/);
    const webJson = await post(to, { "content-type": "application/grpc-web+json" }, enveloped(message, false));
    expect(`${webJson.body} grpc-status: ${webJson.headers["grpc-status"]}`).toMatch(/grpc-status: ?(3|5)\b/);
    const connect = await post(to, { "content-type": "application/json" }, message);
    expect(JSON.parse(connect.body)).toMatchObject({ code: expect.stringMatching(/invalid_argument|not_found/) });
  });
});

describe("what is asked for", () => {
  test.each(["application/xml", "application/grpc+thrift", "text/html", "multipart/form-data", "nonsense"])(
    "as %s is answered 415",
    async (type) => {
      expect((await post(path, { "content-type": type }, Buffer.from("<a/>"))).status).toBe(415);
    },
  );

  test("by an RPC that is not there is unimplemented, in every protocol", async () => {
    for (const missing of ["/tributary.v1.SystemService/NoSuchRpc", "/no.such.Service/Rpc"]) {
      const { trailers } = await post(missing, grpc, enveloped(Buffer.alloc(0), false));
      expect(trailers["grpc-status"]).toBe("12");
      expect(decodeURIComponent(String(trailers["grpc-message"]))).toMatch(/no (RPC|service)/);
      const web = await post(
        missing,
        { "content-type": "application/grpc-web+proto" },
        enveloped(Buffer.alloc(0), false),
      );
      expect(web.trailers["grpc-status"]).toBe("12");
      const connect = await post(missing, { "content-type": "application/proto" }, Buffer.alloc(0));
      expect(JSON.parse(connect.body)).toMatchObject({ code: "unimplemented" });
      expect(connect.status).toBe(501);
    }
  });

  test("by plain HTTP where nothing is, is answered 404", async () => {
    expect((await fetch(`${server.url}/nothing`)).status).toBe(404);
  });

  test("with a method that RPCs do not have is answered 405", async () => {
    expect((await fetch(`${server.url}${path}`, { method: "PUT" })).status).toBe(405);
  });
});

test("a peer that has gone without a word is noticed by our own pings, and its calls are ended", async () => {
  await using quick = await startApp({ limits: { pingMs: 100, pingAnswerMs: 200 } });
  const session = new RawSession(quick.port);
  await new Promise<void>((resolve) => session.socket.once("data", () => resolve()));
  // It reads what comes, and answers nothing.
  await session.closed;
  expect(session.answers.some(({ type }) => type === 6)).toBe(true);
});

test("gRPC's keepalive is honoured: who pings now and then stays connected", async () => {
  const session = http2.connect(server.url);
  await once(session, "connect");
  for (let n = 0; n < 50; n++) {
    await new Promise<void>((resolve, reject) => {
      session.ping((error) => (error ? reject(error) : resolve()));
    });
  }
  expect(session.destroyed).toBe(false);
  session.close();
  await createClient(SystemService, createGrpcTransport({ baseUrl: server.url, pingIntervalMs: 10 })).getSystem({});
});
