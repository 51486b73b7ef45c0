import { isIPv4 } from "node:net";

/** Which door a request came through. */
export interface Connection {
  /** `unix` is the door for programs of this user on this machine: only they can open a socket in a 0700 folder. */
  readonly kind: "tcp" | "unix";
  /** The socket's path, for `unix` only. */
  readonly path?: string;
  readonly tls: boolean;
  /** The peer's address, IPv4 in dotted form also on a dual-stack socket; absent for `unix`. */
  readonly remoteAddress?: string;
  /** Whether it is there: false once its socket has gone. Absent for `unix`. */
  readonly isOpen?: () => boolean;
}

const mark = Symbol("connection");

/** What {@link connectionOf} looks at; sockets, TLS sockets and HTTP/2's socket proxies all fit. */
export interface SocketLike {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: boolean;
  readonly destroyed?: boolean;
  [mark]?: Connection;
}

/** Remembers which door `socket` came through. */
export function markConnection(socket: SocketLike, connection: Connection): void {
  socket[mark] = connection;
}

/**
 * Which door the request on this socket (`request.raw.socket`) came through.
 *
 * Ask while the request is new: HTTP/2 forgets its socket when the session ends. A socket that no listener has
 * accepted (an injected request) counts as TCP, which has no privileges.
 */
export function connectionOf(socket: SocketLike): Connection {
  // TLS has a socket of its own around the one that was accepted; what is answered for it is always the same too.
  socket[mark] ??= tcpConnection(socket);
  return socket[mark];
}

export function tcpConnection(socket: SocketLike): Connection {
  const { encrypted, remoteAddress } = socket;
  return {
    kind: "tcp",
    tls: encrypted === true,
    ...(remoteAddress && { remoteAddress: plainAddress(remoteAddress) }),
    isOpen: () => isOpen(socket),
  };
}

/** HTTP/2's socket proxy throws once its session has ended. */
function isOpen(socket: Pick<SocketLike, "destroyed">): boolean {
  try {
    return socket.destroyed === false;
  } catch {
    return false;
  }
}

/** A dual-stack socket spells IPv4 peers `::ffff:10.0.0.1`. */
function plainAddress(address: string): string {
  const tail = address.slice(address.lastIndexOf(":") + 1);
  return isIPv4(tail) ? tail : address;
}
