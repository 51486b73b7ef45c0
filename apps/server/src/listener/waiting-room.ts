import type { Socket } from "node:net";
import { type Protocol, protocolOf } from "./first-bytes.ts";
import type { ListenerLimits } from "./limits.ts";

/** Holds connections until their first bytes tell the protocol. */
export interface WaitingRoom {
  enter(socket: Socket): void;
  /** How many wait. */
  size(): number;
  /** Drops everybody who still waits. */
  empty(): void;
}

/**
 * Sockets wait here under their own time limit and count limit: no HTTP server knows of them yet, so none of its
 * limits apply. When the room is full the one that has waited longest goes, for honest clients speak at once.
 *
 * @param admit - gets the socket with all its bytes put back
 */
export function waitingRoom(
  limits: Pick<ListenerLimits, "firstBytesMs" | "waitingConnections">,
  admit: (socket: Socket, protocol: Protocol) => void,
): WaitingRoom {
  const waiting = new Set<Socket>();

  function enter(socket: Socket): void {
    const [oldest] = waiting;
    if (oldest && waiting.size >= limits.waitingConnections) oldest.destroy();
    waiting.add(socket);
    let seen: Buffer = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), limits.firstBytesMs);
    const drop = () => socket.destroy();

    function leave(): void {
      clearTimeout(timer);
      waiting.delete(socket);
      socket.off("readable", look).off("end", drop).off("close", leave);
    }
    function look(): void {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      const protocol = protocolOf(seen);
      if (protocol === undefined) return;
      leave();
      socket.unshift(seen);
      admit(socket, protocol);
    }
    socket.on("readable", look).on("end", drop).on("close", leave);
  }

  return {
    enter,
    size: () => waiting.size,
    empty: () => {
      for (const socket of waiting) socket.destroy();
    },
  };
}
