import type { IncomingHttpHeaders } from "node:http";
import type { Principal } from "#core/principal.ts";
import type { Connection } from "#listener/connection.ts";

/** Headers by which a proxy says that it speaks for somebody else. */
const proxied = ["forwarded", "x-forwarded-for", "via"] as const;

/**
 * Which token the calls of a connection have shown, for clients that leave it out of their streams: the newest scitq's
 * send it with unary calls alone, over the same HTTP/2 connection.
 *
 * It speaks for one caller only: a connection that has shown two tokens, or whose calls come through a proxy, may carry
 * those of several.
 */
export class ConnectionTokens {
  readonly #shown = new WeakMap<Connection, string | undefined>();

  /** A call over the connection has come with a token that is good. */
  note(connection: Connection, token: string, { clientDialect }: Principal): void {
    const counts =
      clientDialect !== undefined && (!this.#shown.has(connection) || this.#shown.get(connection) === token);
    this.#shown.set(connection, counts ? token : undefined);
  }

  /** An `authorization` that stands for the one which a stream lacks; undefined where nobody can tell. */
  shownOn(connection: Connection, headers: IncomingHttpHeaders): string | undefined {
    const token = this.#shown.get(connection);
    return token === undefined || proxied.some((name) => headers[name] !== undefined) ? undefined : `Bearer ${token}`;
  }
}
