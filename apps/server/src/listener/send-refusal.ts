import type { ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus, endStreamFlag, endStreamToJson, errorToJson } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { FastifyReply, FastifyRequest } from "fastify";

interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string | Buffer;
}

/**
 * Answers with an error before the request's body is read, in the shape the caller's protocol has for it.
 *
 * gRPC and gRPC-web: trailers only. Connect: its JSON error with an HTTP status, or the end of a stream. Others: an HTTP
 * status with the plain message. The error's metadata are headers in all of them.
 */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: ConnectError): FastifyReply {
  const { status, headers, body } = refusalFor(request, error);
  if (body === "") return sendHeadersOnly(reply, status, headers);
  // As bytes, for Fastify would add a charset to what Connect's clients expect to be exactly `application/json`.
  return reply
    .code(status)
    .headers(Object.fromEntries(headers))
    .header("x-content-type-options", "nosniff")
    .send(Buffer.from(body));
}

/** gRPC's "trailers only" is one frame that also ends the stream; Fastify would end it by a second one. */
function sendHeadersOnly(reply: FastifyReply, status: number, headers: Headers): FastifyReply {
  reply.hijack();
  reply.raw.statusCode = status;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  for (const [name, value] of headers) reply.raw.setHeader(name, value);
  reply.raw.end();
  return reply;
}

function refusalFor(request: Pick<FastifyRequest, "headers" | "url">, error: ConnectError): Refusal {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) {
    return { status: 200, headers: setTrailerStatus(new Headers({ "content-type": type }), error), body: "" };
  }
  const headers = new Headers(error.metadata);
  if (type.startsWith("application/connect+")) {
    headers.set("content-type", type);
    return { status: 200, headers, body: endOfStream(error) };
  }
  const status = codeToHttpStatus(error.code);
  if (type.startsWith("application/json") || type.startsWith("application/proto") || isConnectGet(request)) {
    headers.set("content-type", "application/json");
    return { status, headers, body: JSON.stringify(errorToJson(error, undefined)) };
  }
  headers.set("content-type", "text/plain; charset=utf-8");
  return { status, headers, body: `${error.rawMessage}\n` };
}

function isConnectGet({ headers, url }: Pick<FastifyRequest, "headers" | "url">): boolean {
  return headers["connect-protocol-version"] !== undefined || /[?&]connect=v1(&|$)/.test(url);
}

function endOfStream(error: ConnectError): Buffer {
  const json = Buffer.from(JSON.stringify(endStreamToJson(new Headers(), error, undefined)));
  const head = Buffer.alloc(5);
  head.writeUInt8(endStreamFlag, 0);
  head.writeUInt32BE(json.length, 1);
  return Buffer.concat([head, json]);
}
