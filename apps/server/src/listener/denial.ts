import { Code } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";

const CONNECT_CODE = "permission_denied";
/** Envelope flag of the message that ends a Connect stream. */
const END_STREAM = 2;

interface Denial {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Answers "permission denied" before the request's body is read, in the shape the caller's protocol has for it. */
export function sendDenial(request: FastifyRequest, reply: FastifyReply, message: string): FastifyReply {
  const { status, headers, body } = denialFor(request, message);
  if (body === "") return sendHeadersOnly(reply, status, headers);
  // As bytes, for Fastify would add a charset to what Connect's clients expect to be exactly `application/json`.
  return reply.code(status).headers(headers).header("x-content-type-options", "nosniff").send(Buffer.from(body));
}

/** gRPC's "trailers only" is one frame that also ends the stream; Fastify would end it by a second one. */
function sendHeadersOnly(reply: FastifyReply, status: number, headers: Denial["headers"]): FastifyReply {
  reply.hijack();
  reply.raw.statusCode = status;
  for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value);
  reply.raw.end();
  return reply;
}

/**
 * gRPC and gRPC-web: trailers only, status 7. Connect: its JSON error with HTTP 403, or the end of a stream. Others:
 * HTTP 403 with the plain message.
 */
function denialFor(request: Pick<FastifyRequest, "headers" | "url">, message: string): Denial {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) {
    const headers = {
      "content-type": type,
      "grpc-status": String(Code.PermissionDenied),
      "grpc-message": encodeURIComponent(message),
    };
    return { status: 200, headers, body: "" };
  }
  const error = { code: CONNECT_CODE, message };
  if (type.startsWith("application/connect+")) {
    return { status: 200, headers: { "content-type": type }, body: endOfStream({ error }) };
  }
  if (type.startsWith("application/json") || type.startsWith("application/proto") || isConnectGet(request)) {
    return { status: 403, headers: { "content-type": "application/json" }, body: JSON.stringify(error) };
  }
  return { status: 403, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${message}\n` };
}

function isConnectGet({ headers, url }: Pick<FastifyRequest, "headers" | "url">): boolean {
  return headers["connect-protocol-version"] !== undefined || /[?&]connect=v1(&|$)/.test(url);
}

function endOfStream(end: object): Buffer {
  const json = Buffer.from(JSON.stringify(end));
  const head = Buffer.alloc(5);
  head.writeUInt8(END_STREAM, 0);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, json]);
}
