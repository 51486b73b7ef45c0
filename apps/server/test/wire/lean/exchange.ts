import { once } from "node:events";
import http2 from "node:http2";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { AppServer } from "../app/app-server.ts";

/** A request as it goes over HTTP/2, whatever a client would make of it. */
export interface Ask {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Pieces of the body; milliseconds between them. */
  readonly body: readonly (Buffer | number)[];
  /** Through the workers' door. */
  readonly asWorker?: boolean;
  /** By TLS, with HTTP/2 agreed on in its hello. */
  readonly tls?: boolean;
}

/** What was answered, without what is different in each answer. */
export interface Told {
  readonly status: number;
  readonly type: string | undefined;
  /** What the first headers say of the protocol: of gRPC all of it, when nothing else comes. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  /** In hex. */
  readonly body: string;
  readonly resetCode: number | undefined;
}

/** Fastify's hooks put it on everything that nobody has refused before; the lean path has none of what pages need. */
const pageHeader = "content-security-policy";

export interface Exchanged {
  readonly told: Told;
  readonly way: "lean" | "connect";
  readonly requestId: string | undefined;
}

export async function exchange(server: AppServer, ask: Ask): Promise<Exchanged> {
  const session = openSession(server, ask);
  session.on("error", () => {});
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": ask.path,
      ":authority": "localhost",
      te: "trailers",
      "content-type": "application/grpc",
      "x-request-id": "asked",
      ...ask.headers,
    });
    return await answerOf(stream, ask);
  } finally {
    session.destroy();
  }
}

function openSession({ port, socketPath, cert }: AppServer, { asWorker, tls }: Ask): http2.ClientHttp2Session {
  if (tls) return http2.connect(`https://localhost:${port}`, { ca: cert });
  if (!asWorker) return http2.connect(`http://127.0.0.1:${port}`);
  return http2.connect("http://localhost", { createConnection: () => connect({ path: socketPath }) });
}

async function answerOf(stream: http2.ClientHttp2Stream, { body }: Ask): Promise<Exchanged> {
  let [head, trailers]: http2.IncomingHttpHeaders[] = [{}, {}];
  const parts: Buffer[] = [];
  stream.on("error", () => {});
  stream.once("response", (headers) => (head = headers));
  stream.once("trailers", (headers) => (trailers = headers));
  stream.on("data", (part: Buffer) => parts.push(part));
  const closed = once(stream, "close");
  await send(stream, body);
  await closed;
  const { ":status": status, "content-type": type } = head ?? {};
  return {
    way: head?.[pageHeader] === undefined ? "lean" : "connect",
    requestId: String(head?.["x-request-id"]),
    told: {
      status: Number(status),
      type,
      head: ofProtocol(head),
      trailers: Object.fromEntries(Object.entries(trailers ?? {})),
      body: Buffer.concat(parts).toString("hex"),
      resetCode: stream.rstCode,
    },
  };
}

const said = /^(grpc-|trailer-|content-(length|encoding)$)/;

function ofProtocol(headers: http2.IncomingHttpHeaders = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => said.test(name)));
}

async function send(stream: http2.ClientHttp2Stream, body: Ask["body"]): Promise<void> {
  for (const piece of body) {
    if (typeof piece === "number") await sleep(piece);
    else if (!stream.destroyed && !stream.writableEnded) stream.write(piece);
  }
  stream.end();
}
