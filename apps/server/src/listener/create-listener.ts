import type http from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Address, bindAddress } from "./bind-address.ts";
import { markConnection, tcpConnection } from "./connection.ts";
import { defaultLimits, type ListenerLimits } from "./limits.ts";
import { limitHalfClose } from "./linger.ts";
import {
  createProtocolServers,
  type ProtocolServers,
  type RequestHandler,
  type StreamTaker,
  type TlsMaterial,
} from "./protocol-servers.ts";
import { waitingRoom } from "./waiting-room.ts";

export interface ListenerOptions {
  /** Without it, TLS hellos are refused. */
  readonly tls?: TlsMaterial;
  /** What differs from {@link defaultLimits}. */
  readonly limits?: Partial<ListenerLimits>;
  /** How long `close` lets requests under way run on, in milliseconds; 10,000 unless told. */
  readonly graceMs?: number;
}

/**
 * The one port: HTTP/1.1, cleartext HTTP/2 and TLS on every address, told apart by a connection's first bytes, all
 * answered by one handler.
 */
export interface Listener {
  /** For `fastify({ serverFactory })`; call it once. */
  readonly serverFactory: (handler: RequestHandler) => http.Server;
  /** Offers each request of HTTP/2 to `taker` first. Call it before `listen`, once. */
  offerStreams(taker: StreamTaker): void;
  /**
   * Listens on all of the addresses or, when one fails, on none. Call it when Fastify is `ready()`.
   *
   * @throws ListenError that says what to do
   */
  listen(addresses: readonly Address[]): Promise<readonly Address[]>;
  /** Where it listens, in the order asked for, with the ports that 0 became. */
  readonly addresses: readonly Address[];
  /** Connections that are open now; `waiting` have not said yet which protocol they speak. */
  connections(): { readonly waiting: number; readonly http1: number; readonly http2: number };
  /** Aborted first thing in `close`, with what open streams are to answer: give it to Connect's router. */
  readonly shutdownSignal: AbortSignal;
  /**
   * Stops accepting, tells handlers by `shutdownSignal`, ends idle connections at once and the others when their
   * requests are answered, at the latest after the grace time. Calling it again waits for the same end.
   *
   * Wait for it before `app.close()`, which would stop what requests under way still need. As a `preClose` hook it
   * needs a `pluginTimeout` above the grace time: Fastify gives up waiting for hooks after that.
   */
  close(): Promise<void>;
}

export function createListener(options: ListenerOptions = {}): Listener {
  const limits = { ...defaultLimits, ...options.limits };
  const shutdown = new AbortController();
  const sockets = new Set<Socket>();
  const doors = new Set<Server>();
  const addresses: Address[] = [];
  let servers: ProtocolServers | undefined;
  let closed: Promise<void> | undefined;
  let taker: StreamTaker = (_stream, _headers, pass) => pass();
  const room = waitingRoom(limits, (socket, protocol) => servers?.adopt(socket, protocol));

  function watch(socket: Socket): void {
    limitHalfClose(socket, limits.lingerMs, shutdown.signal);
    // Whoever owns the socket later has its own listener; without any, a reset would end the process.
    socket.on("error", () => socket.destroy());
  }

  function enter(socket: Socket, door: Address): void {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    watch(socket);
    markConnection(socket, "path" in door ? { kind: "unix", tls: false, path: door.path } : tcpConnection(socket));
    room.enter(socket);
  }

  async function listen(wanted: readonly Address[]): Promise<readonly Address[]> {
    if (!servers) throw new Error("listen needs a handler: give serverFactory to fastify() first");
    if (closed) throw new Error("this listener has been closed");
    try {
      for (const address of wanted) {
        const door = createServer(doorOptions, (socket) => enter(socket, address));
        door.maxConnections = limits.connections;
        // An accept that failed, for want of file descriptors, is the client's loss alone.
        door.on("error", () => {});
        doors.add(door);
        addresses.push(await bindAddress(door, address));
      }
    } catch (error) {
      await close();
      throw error;
    }
    return addresses;
  }

  async function drain(): Promise<void> {
    const gone = Promise.all([...doors].map((door) => new Promise((resolve) => door.close(resolve))));
    shutdown.abort(new ConnectError("the server is shutting down; try again in a moment", Code.Unavailable));
    room.empty();
    servers?.traffic.drain();
    const grace = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, options.graceMs ?? 10_000);
    await gone;
    clearTimeout(grace);
    servers?.stop();
  }

  function close(): Promise<void> {
    closed ??= drain();
    return closed;
  }

  return {
    serverFactory(handler) {
      if (servers) throw new Error("a listener serves one Fastify instance");
      servers = createProtocolServers({
        handler,
        limits,
        closing: shutdown.signal,
        take: (...request) => taker(...request),
        watch,
        ...(options.tls && { tls: options.tls }),
      });
      return servers.h1;
    },
    offerStreams(other) {
      taker = other;
    },
    listen,
    addresses,
    connections: () => ({ waiting: room.size(), ...(servers?.traffic.counts() ?? { http1: 0, http2: 0 }) }),
    shutdownSignal: shutdown.signal,
    close,
  };
}

/** Half-open is what HTTP/1.1 expects of its sockets; the others are told otherwise when they are handed over. */
const doorOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
