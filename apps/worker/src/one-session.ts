import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectSocket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";

const PING_MS = 15_000;
const PONG_MS = 10_000;
const CONNECT_MS = 15_000;
const WINDOW = 1 << 20;

/** How the server is reached, where it is not by TCP, or not by the machine's own certificates. */
export interface Way {
  /** A unix socket to go through. */
  readonly path?: string | undefined;
  /** Certificates, in PEM, by which alone the server may prove who it is. */
  readonly ca?: string | undefined;
  /** The server need not prove who it is. */
  readonly insecure?: boolean | undefined;
}

/**
 * One HTTP/2 session that is never replaced by another, as a registration is good for one connection only. Once it is
 * lost, every call is; not all of them notice by themselves, so whoever waits for one watches `lost` too.
 */
export class OneSession {
  readonly authority: string;
  /** Fulfilled with the reason when the session has ended or is about to. */
  readonly lost: Promise<Error>;
  readonly #session: ClientHttp2Session;

  /** Connects at once. */
  constructor(url: string, { path, ca, insecure }: Way = {}) {
    this.authority = new URL(url).origin;
    const way = path === undefined ? {} : { createConnection: () => connectSocket(path) };
    const proof = { ...(ca === undefined ? {} : { ca }), rejectUnauthorized: !insecure };
    this.#session = connect(this.authority, {
      ...way,
      ...proof,
      settings: { enablePush: false, initialWindowSize: WINDOW },
    });
    this.#session.on("connect", () => this.#session.setLocalWindowSize(WINDOW * 4));
    this.lost = new Promise((resolve) => {
      const lost = (why: string, cause?: Error) =>
        resolve(new ConnectError(why, Code.Unavailable, undefined, undefined, cause));
      this.#session.on("error", (error) => lost(error.message, error));
      this.#session.on("goaway", () => lost("the server is going away"));
      this.#session.on("close", () => lost("the connection was closed"));
    });
    this.#keepAlive();
  }

  /** As {@link request}, at once. */
  open(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    if (this.#session.closed || this.#session.destroyed)
      throw new ConnectError("there is no connection", Code.Unavailable);
    return this.#session.request(headers);
  }

  /** Opens a stream for a call. @throws ConnectError `unavailable` once the session is lost */
  async request(method: string, path: string, headers: OutgoingHttpHeaders): Promise<ClientHttp2Stream> {
    if (this.#session.closed || this.#session.destroyed) throw await this.lost;
    return this.#session.request({ ...headers, ":method": method, ":path": path });
  }

  /** Part of what Connect's transport expects; the pings here do not depend on what is read. */
  notifyResponseByteRead(): void {}

  close(): void {
    this.#session.destroy();
  }

  /** A peer whose machine vanished closes nothing. */
  #keepAlive(): void {
    const late = setTimeout(() => {
      if (this.#session.connecting) this.#session.destroy(new Error("nobody answers"));
    }, CONNECT_MS);
    this.#session.on("close", () => clearTimeout(late));
    const ping = setInterval(() => {
      if (this.#session.connecting) return;
      const silent = setTimeout(() => this.#session.destroy(new Error("the server does not answer")), PONG_MS);
      this.#session.ping(() => clearTimeout(silent));
    }, PING_MS);
    this.#session.on("close", () => clearInterval(ping));
  }
}
