import { type Client, Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LeanCalls } from "./lean-calls.ts";
import { OneSession } from "./one-session.ts";
import type { Options } from "./options.ts";

export type DispatchClient = Client<typeof DispatchService>;

/** One HTTP/2 connection to the server and a client that calls over it. */
export interface Connection {
  readonly client: DispatchClient;
  /** Fulfilled with the reason when the connection has ended; no other takes its place. */
  readonly lost: Promise<Error>;
  /** Ends the connection and every call under way. */
  close(): void;
}

type ConnectOptions = Pick<Options, "server" | "token" | "ca" | "insecure">;

/** Longest message either side may send: one batch of log pieces or reports stays far below. */
const MESSAGE_LIMIT = 16 << 20;

/** gRPC over HTTP/2: in the clear over a unix socket (`unix:/path`) or TCP (`http://`), or with TLS (`https://`). */
export function connect({ server: { text }, token, ca, insecure }: ConnectOptions): Connection {
  const path = text.startsWith("unix:") ? text.slice("unix:".length) : undefined;
  const baseUrl = path === undefined ? text : "http://localhost";
  const session = new OneSession(baseUrl, { path, ca, insecure });
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: session,
    interceptors: token ? [bearer(token)] : [],
    // Between programs of one machine, squeezing bytes takes longer than handing them over.
    ...(path === undefined ? {} : { acceptCompression: [] }),
    readMaxBytes: MESSAGE_LIMIT,
    writeMaxBytes: MESSAGE_LIMIT,
  });
  const calls = new LeanCalls(session, token ? { authorization: `Bearer ${token}` } : {}, MESSAGE_LIMIT);
  const client = { ...createClient(DispatchService, transport), ...leanly(calls) };
  return { client, lost: session.lost, close: () => session.close() };
}

/** What is called for every attempt, or for many of them. */
function leanly(calls: LeanCalls) {
  const { register, lease, heartbeat, report, appendLog, readSecrets } = DispatchService.method;
  return {
    register: (request, options) => calls.unary(register, request, options),
    lease: (request, options) => calls.follow(lease, request, options),
    heartbeat: (request, options) => calls.unary(heartbeat, request, options),
    report: (request, options) => calls.unary(report, request, options),
    appendLog: (request, options) => calls.unary(appendLog, request, options),
    readSecrets: (request, options) => calls.unary(readSecrets, request, options),
  } satisfies Partial<DispatchClient>;
}

function bearer(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

const DEFINITE = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.ResourceExhausted,
]);

/** True for an answer that asking again will not change; anything else may be a lost connection or a server that restarts. */
export function isDefinite(error: unknown): boolean {
  return error instanceof ConnectError && DEFINITE.has(error.code);
}

/** True for the answer of a server whose disk is full, and for a message that is too large. */
export function isOutOfRoom(error: unknown): boolean {
  return error instanceof ConnectError && error.code === Code.ResourceExhausted;
}
