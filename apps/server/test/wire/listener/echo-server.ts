import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { fastifyConnectPlugin } from "@connectrpc/connect-fastify";
import Fastify, { type FastifyInstance } from "fastify";
import { expect } from "vitest";
import type { Address } from "#listener/bind-address.ts";
import { browserGuard, type GuardOptions } from "#listener/browser-guard.ts";
import { loadOrMakeCertificate } from "#listener/certificate.ts";
import { type Connection, connectionOf } from "#listener/connection.ts";
import { createListener, type Listener, type ListenerOptions } from "#listener/create-listener.ts";
import { connectionContext, connectionKey, type RpcLimits, type RpcOptions, rpcOptions } from "#listener/rpc-limits.ts";
import { serve } from "#rpc/facade.ts";
import { leanMethods } from "#rpc/lean/lean-method.ts";
import { takeLeanCalls } from "#rpc/lean/take-lean-calls.ts";
import type { Handler } from "#rpc/wrap-handlers.ts";
import { Echo } from "./echo-service.ts";

/** Also for `await using`. */
export interface EchoServer extends AsyncDisposable {
  readonly listener: Listener;
  readonly app: FastifyInstance;
  readonly folder: string;
  readonly port: number;
  readonly cert: string;
  /** Calls of `hold`, `follow` and `chat` that have begun, by what they were asked. */
  began(name: string): Promise<void>;
  /** The signal's reason when the handler of that call was told to stop. */
  stopped(name: string): Promise<unknown>;
  /** Lets the calls of `finish` answer. */
  finish(): void;
  /** Calls of `hold` under way, now and at most. */
  readonly load: { now: number; most: number };
  close(): Promise<void>;
}

export interface EchoOptions extends Omit<ListenerOptions, "tls"> {
  readonly rpc?: RpcLimits;
  readonly guard?: Partial<GuardOptions>;
  readonly addresses?: (folder: string) => readonly Address[];
  /** Which way gRPC's unary calls take; `connect` unless told. */
  readonly path?: RpcPath;
}

/** The lean dispatcher for all unary RPCs, or Connect for everything. */
export type RpcPath = "connect" | "lean";

let shared: Promise<{ cert: string; key: string }> | undefined;

/** The listener with Fastify and Connect on it, put together as the application does it. */
export async function startEcho(options: EchoOptions = {}): Promise<EchoServer> {
  const folder = mkdtempSync(join(tmpdir(), "listener-"));
  shared ??= loadOrMakeCertificate(join(folder, "certificate"));
  const tls = await shared;
  const listener = createListener({ ...options, tls });
  const app = Fastify({ serverFactory: listener.serverFactory });
  app.addHook("onRequest", browserGuard({ allowedHosts: [], allowedOrigins: [], ...options.guard }).onRequest);
  const calls = trackCalls();
  const rpc = rpcOptions(listener, options.rpc);
  await app.register(fastifyConnectPlugin, {
    ...rpc,
    routes(router) {
      router.service(Echo, calls.service);
      if (options.path === "lean") listener.offerStreams(leanEcho(router.handlers, calls.service, rpc));
    },
  });
  app.get("/plain", async (request) => connectionOf(request.raw.socket));
  app.get("/now", (_request, reply) => {
    reply.send("now");
  });
  app.post("/plain", async (request) => ({ got: request.body }));
  app.get("/large", async () => Buffer.alloc(LARGE_BYTES, "x"));
  await app.ready();
  await listener.listen(options.addresses?.(folder) ?? [{ host: "127.0.0.1", port: 0 }]);
  const tcp = listener.addresses.find((address) => "port" in address);
  async function close(): Promise<void> {
    await listener.close();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return {
    ...calls,
    listener,
    app,
    folder,
    port: tcp?.port ?? 0,
    cert: tls.cert,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function leanEcho(handlers: readonly Handler[], service: ServiceImpl<typeof Echo>, rpc: RpcOptions) {
  return takeLeanCalls({
    methods: leanMethods({
      services: [serve(Echo, service, { lean: ["say", "read", "hold", "finish"] })],
      handlers,
      interceptors: [],
      messageBytes: rpc.readMaxBytes,
    }),
    enter: async (_path, _headers, { session }) => ({
      requestId: "",
      principal: undefined,
      values: connectionContext(session ? connectionOf(session.socket) : { kind: "tcp", tls: false }),
      release: () => {},
    }),
    observers: [],
    longestDeadlineMs: rpc.maxTimeoutMs,
    shutdownSignal: rpc.shutdownSignal,
    log: { error: (details) => expect.unreachable(String(details.err)) },
  });
}

export const LARGE_BYTES = 24 * 1024 * 1024;

function trackCalls() {
  const events = new EventEmitter();
  const happened = new Map<string, unknown>();
  const load = { now: 0, most: 0 };
  function note(event: string, value?: unknown): void {
    happened.set(event, value);
    events.emit(event, value);
  }
  async function wait(event: string): Promise<unknown> {
    if (!happened.has(event)) await once(events, event);
    return happened.get(event);
  }
  async function untilStopped(name: string, { signal }: HandlerContext): Promise<never> {
    if (!signal.aborted) {
      note(`began ${name}`);
      await once(signal, "abort");
    }
    note(`stopped ${name}`, signal.reason);
    throw signal.reason;
  }
  const service: ServiceImpl<typeof Echo> = {
    say: ({ value }) => ({ value }),
    read: ({ value }, { values }) => ({ value: `${value} by ${describeConnection(values.get(connectionKey))}` }),
    async hold({ value }, context) {
      load.now += 1;
      load.most = Math.max(load.most, load.now);
      try {
        return await untilStopped(value, context);
      } finally {
        load.now -= 1;
      }
    },
    async finish({ value }) {
      load.now += 1;
      load.most = Math.max(load.most, load.now);
      note(`began ${value}`);
      await wait("finish");
      load.now -= 1;
      return { value };
    },
    async *follow({ value }, context) {
      yield { value: "first" };
      await untilStopped(value, context);
    },
    async gather(messages) {
      let value = 0;
      for await (const message of messages) value += message.value.length;
      return { value };
    },
    async *chat(messages) {
      for await (const message of messages) yield message;
    },
  };
  return {
    service,
    load,
    began: async (name: string) => void (await wait(`began ${name}`)),
    stopped: (name: string) => wait(`stopped ${name}`),
    finish: () => note("finish"),
  };
}

export function describeConnection({ kind, tls }: Connection): string {
  return tls ? `${kind} tls` : kind;
}
