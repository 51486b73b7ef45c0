import http from "node:http";
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { connectionOf, markConnection } from "./connection.ts";
import type { Protocol } from "./first-bytes.ts";
import { h1Response } from "./h1-response.ts";
import { closeWhenAnswered, watchSession, whenStillOpen } from "./h2-session.ts";
import type { ListenerLimits } from "./limits.ts";
import { type Traffic, trackTraffic } from "./traffic.ts";

/** Fastify's handler. Its own types know one protocol at a time, this one gets the requests of all. */
export type RequestHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/**
 * Gets each request of HTTP/2 before it is made to look like one of `http`, and answers it or passes it on.
 *
 * @param pass - gives it to Fastify's handler, once, with nothing of its body read; a later turn will do
 * @param leave - to be called for one that may be answered before all of it has been read
 */
export type StreamTaker = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  pass: () => void,
  leave: () => void,
) => void;

/** A certificate chain and its key, as PEM text. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

/** HTTP/1.1, cleartext HTTP/2 and TLS servers that never listen: sockets are handed to them. */
export interface ProtocolServers {
  readonly h1: http.Server;
  readonly traffic: Traffic;
  adopt(socket: Socket, protocol: Protocol): void;
  /** Stops the servers' clocks; call it when their connections are gone. */
  stop(): void;
}

export interface ProtocolServersOptions {
  readonly handler: RequestHandler;
  readonly limits: ListenerLimits;
  readonly tls?: TlsMaterial;
  readonly closing: AbortSignal;
  readonly take: StreamTaker;
  /** Called for the TLS socket that a socket becomes. */
  watch(socket: Socket): void;
}

export function createProtocolServers({
  handler,
  limits,
  tls,
  closing,
  take,
  watch,
}: ProtocolServersOptions): ProtocolServers {
  const traffic = trackTraffic();
  const answer: RequestHandler = (request, response) => {
    if (request.httpVersionMajor === 2) handler(request, response);
    else if (traffic.requested(request.socket, response)) handler(request, response);
  };
  const h1Options = http1Options(limits, closing);
  const h1 = http.createServer(h1Options, answer);
  const h2c = http2.createServer(http2Options(limits), http2Handler(answer));
  const secureOptions = { allowHTTP1: true, http1Options: h1Options, handshakeTimeout: limits.firstBytesMs };
  const secure =
    tls && http2.createSecureServer({ ...http2Options(limits), ...tls, ...secureOptions }, http2Handler(answer));

  for (const server of [h2c, secure]) {
    server?.on("session", (session) => {
      watchSession(session, limits);
      traffic.opened(session);
    });
    if (server) offerStreams(server, take);
  }
  secure?.prependListener("secureConnection", (socket) => {
    watch(socket);
    // One for all of its requests.
    markConnection(socket, connectionOf(socket));
    if (socket.alpnProtocol !== "h2") traffic.connected(socket);
  });
  // Servers that never listen are never told to start their connection list and the clock of their time limits.
  h1.emit("listening");
  secure?.emit("listening");

  function adopt(socket: Socket, protocol: Protocol): void {
    const server = protocol === "h2c" ? h2c : protocol === "tls" && connectionOf(socket).kind === "tcp" ? secure : h1;
    if (server === undefined || server === h1) {
      traffic.connected(socket);
      h1.emit("connection", socket);
      socket.resume();
      return;
    }
    // A client that closes its side has gone: the session must not outlive it.
    socket.allowHalfOpen = false;
    server.emit("connection", socket);
  }

  return {
    h1,
    traffic,
    adopt,
    stop() {
      h1.close();
      h2c.close();
      secure?.close();
    },
  };
}

/** Puts `take` before what `http2` itself has put there, which makes requests and responses of streams. */
function offerStreams(server: http2.Http2Server | http2.Http2SecureServer, take: StreamTaker): void {
  const serve = server.listeners("stream");
  server.removeAllListeners("stream");
  server.on("stream", (stream, headers, ...rest) => {
    const leave = () => closeWhenAnswered(stream);
    const pass = () => {
      leave();
      for (const listener of serve) listener(stream, headers, ...rest);
    };
    whenStillOpen(stream, () => take(stream, headers, pass, leave));
  });
}

// The compatibility API of `http2` has the parts of `http` that Fastify uses; TypeScript cannot see that.
// biome-ignore lint/suspicious/noExplicitAny: the two libraries' types have no common form
function http2Handler(handler: RequestHandler): (request: any, response: any) => void {
  return handler;
}

function http1Options(limits: ListenerLimits, closing: AbortSignal) {
  return {
    ServerResponse: h1Response(closing),
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.ceil(Math.min(limits.headersMs, limits.requestMs, 10_000) / 4),
    keepAliveTimeout: limits.idleMs,
    maxHeaderSize: limits.headerBytes,
  };
}

function http2Options(limits: ListenerLimits): http2.ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.streamsPerConnection,
      initialWindowSize: limits.streamWindowBytes,
      maxHeaderListSize: limits.headerBytes,
      enableConnectProtocol: false,
    },
    maxSessionMemory: Math.ceil(limits.sessionBytes / 1_000_000),
    maxSendHeaderBlockLength: 4 * limits.headerBytes,
    unknownProtocolTimeout: limits.firstBytesMs,
    // Clients cancel many streams (closed pages, deadlines); floods of resets still end the session.
    streamResetBurst: limits.resetBurst,
    streamResetRate: limits.resetsPerSecond,
  };
}
