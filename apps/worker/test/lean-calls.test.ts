import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  DispatchService,
  HeartbeatResponseSchema,
  LeaseResponseSchema,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { framed } from "../src/frames.ts";
import { LeanCalls } from "../src/lean-calls.ts";
import { OneSession } from "../src/one-session.ts";

const { heartbeat, lease } = DispatchService.method;
const answerHeader = { ":status": 200, "content-type": "application/grpc+proto" };
const request = { workerId: "w" };

let root: string;
let server: Http2Server;
let sessions: ServerHttp2Session[];
let session: OneSession;
let answer: (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "tributary-calls-"));
  const path = join(root, "s.sock");
  sessions = [];
  server = createServer();
  server.on("session", (one) => sessions.push(one));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => undefined);
    answer(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  session = new OneSession("http://localhost", { path });
});
afterEach(async () => {
  session.close();
  for (const one of sessions) one.destroy();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(root, { recursive: true });
});

const calls = (mostBytes = 1 << 20) => new LeanCalls(session, { authorization: "Bearer t" }, mostBytes);
const beat = (unknown: boolean) =>
  framed(toBinary(HeartbeatResponseSchema, create(HeartbeatResponseSchema, { unknown })));

/** Answers in pieces of one byte, each a frame of HTTP/2. */
async function trickle(stream: ServerHttp2Stream, bytes: Buffer, trailer: Readonly<Record<string, string>>) {
  stream.respond(answerHeader, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailer));
  for (const byte of bytes) await new Promise((resolve) => stream.write(Buffer.from([byte]), resolve));
  stream.end();
}

const failureOf = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => Promise.reject(new Error("the call was answered")),
    (error: unknown) => (error instanceof ConnectError ? error : Promise.reject(error)),
  );

describe("one answer", () => {
  test("a message in pieces, with what was asked with it", async () => {
    let asked: Readonly<Record<string, unknown>> = {};
    answer = (stream, headers) => {
      asked = headers;
      void trickle(stream, beat(true), { "grpc-status": "0" });
    };
    expect(await calls().unary(heartbeat, request, { timeoutMs: 5_000 })).toMatchObject({ unknown: true });
    expect(asked).toMatchObject({
      ":path": "/tributary.v1.DispatchService/Heartbeat",
      authorization: "Bearer t",
      "grpc-timeout": "5000m",
    });
  });

  test("a refusal with and without a message before it", async () => {
    const refused = { "grpc-status": "9", "grpc-message": encodeURIComponent("erst später") };
    answer = (stream) => stream.respond({ ...answerHeader, ...refused }, { endStream: true });
    const first = await failureOf(calls().unary(heartbeat, request));
    answer = (stream) => void trickle(stream, Buffer.alloc(0), refused);
    const second = await failureOf(calls().unary(heartbeat, request));
    for (const error of [first, second]) {
      expect([error.code, error.rawMessage]).toEqual([Code.FailedPrecondition, "erst später"]);
    }
  });

  test("a page of a proxy is no answer, and its text is not read as one", async () => {
    answer = (stream) => {
      stream.respond({ ":status": 503, "content-type": "text/html" });
      stream.end("<p>".repeat(100));
    };
    expect((await failureOf(calls().unary(heartbeat, request))).code).toBe(Code.Unavailable);
  });

  test("an answer without a message or without an end fails", async () => {
    answer = (stream) => void trickle(stream, Buffer.alloc(0), { "grpc-status": "0" });
    expect((await failureOf(calls().unary(heartbeat, request))).code).toBe(Code.Internal);
    answer = (stream) => {
      stream.respond(answerHeader);
      stream.end(beat(false));
    };
    expect((await failureOf(calls().unary(heartbeat, request))).code).toBe(Code.Unavailable);
  });

  test("calls that are cut off, too late or given up end at once", async () => {
    let came = Promise.withResolvers<ServerHttp2Stream>();
    answer = (stream) => came.resolve(stream);
    const late = await failureOf(calls().unary(heartbeat, request, { timeoutMs: 20 }));
    expect(late.code).toBe(Code.DeadlineExceeded);

    came = Promise.withResolvers();
    const stop = new AbortController();
    const given = failureOf(calls().unary(heartbeat, request, { signal: stop.signal }));
    const closed = came.promise.then((stream) => new Promise((resolve) => stream.on("close", resolve)));
    await came.promise;
    stop.abort(new Error("no more"));
    expect((await given).code).toBe(Code.Canceled);
    await closed;
    expect((await failureOf(calls().unary(heartbeat, request, { signal: stop.signal }))).code).toBe(Code.Canceled);

    came = Promise.withResolvers();
    const cut = failureOf(calls().unary(heartbeat, request));
    await came.promise;
    for (const one of sessions) one.destroy();
    expect((await cut).code).toBe(Code.Unavailable);
    expect((await failureOf(calls().unary(heartbeat, request))).code).toBe(Code.Unavailable);
  });

  test("what is longer than allowed is neither sent nor taken", async () => {
    answer = (stream) => void trickle(stream, framed(Buffer.alloc(50)), { "grpc-status": "0" });
    expect((await failureOf(calls(10).unary(heartbeat, request))).code).toBe(Code.ResourceExhausted);
    const long = { workerId: "w".repeat(100) };
    expect((await failureOf(calls(10).unary(heartbeat, long))).code).toBe(Code.ResourceExhausted);
  });

  test("bytes that are no message of the RPC fail the call", async () => {
    answer = (stream) => void trickle(stream, framed(Buffer.from([0xff])), { "grpc-status": "0" });
    expect((await failureOf(calls().unary(heartbeat, request))).code).toBe(Code.Internal);
  });
});

describe("a stream", () => {
  const order = (taskId: number) =>
    framed(
      toBinary(
        LeaseResponseSchema,
        create(LeaseResponseSchema, { order: { case: "cancel", value: { taskId, number: 1 } } }),
      ),
    );

  test("messages in order, wherever they are cut, then how it ended", async () => {
    const bytes = Buffer.concat(Array.from({ length: 50 }, (_, n) => order(n + 1)));
    answer = (stream) => {
      stream.respond(answerHeader, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "5", "grpc-message": "gone" }));
      for (let at = 0; at < bytes.length; at += 7) stream.write(bytes.subarray(at, at + 7));
      stream.end();
    };
    const come: unknown[] = [];
    const following = (async () => {
      for await (const { order: one } of calls().follow(lease, request)) {
        come.push(one.case === "cancel" ? one.value.taskId : one.case);
      }
    })();
    expect((await failureOf(following)).code).toBe(Code.NotFound);
    expect(come).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
  });

  test("whoever stops reading closes it", async () => {
    const closed = Promise.withResolvers<void>();
    answer = (stream) => {
      stream.respond(answerHeader);
      stream.write(order(1));
      stream.on("close", () => closed.resolve());
    };
    for await (const _ of calls().follow(lease, request)) break;
    await closed.promise;
  });
});
