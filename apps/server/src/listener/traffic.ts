import type { ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/** Knows every connection past the waiting room, and how to end each without cutting off an answer. */
export interface Traffic {
  /** An HTTP/1.1 connection: the socket, or the TLS socket. */
  connected(socket: Socket): void;
  /** False for a request that came after its connection was told to end: nobody would get the answer. */
  requested(socket: Socket, response: ServerResponse): boolean;
  opened(session: ServerHttp2Session): void;
  /** Connections that are open now. */
  counts(): { readonly http1: number; readonly http2: number };
  /** Ends what is idle now, and the rest as soon as what is under way has been answered. */
  drain(): void;
}

export function trackTraffic(): Traffic {
  /** Requests under way. Node's own idea of idle would also cut off answers that are ended but not yet flushed. */
  const underWay = new Map<Socket, number>();
  const sessions = new Set<ServerHttp2Session>();
  let draining = false;

  function answered(socket: Socket): void {
    const left = (underWay.get(socket) ?? 1) - 1;
    if (underWay.has(socket)) underWay.set(socket, left);
    if (draining && left === 0) socket.destroySoon();
  }

  return {
    connected(socket) {
      underWay.set(socket, 0);
      socket.once("close", () => underWay.delete(socket));
      if (draining) socket.destroySoon();
    },
    requested(socket, response) {
      if (socket.writableEnded) return false;
      underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
      response.once("close", () => answered(socket));
      return true;
    },
    opened(session) {
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
      if (draining) session.close();
    },
    counts: () => ({ http1: underWay.size, http2: sessions.size }),
    drain() {
      draining = true;
      for (const [socket, requests] of underWay) if (requests === 0) socket.destroySoon();
      for (const session of sessions) session.close();
    },
  };
}
