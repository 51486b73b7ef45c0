import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import type { ConnectError } from "@connectrpc/connect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type FaultLog, toConnectError } from "#rpc/errors.ts";
import type { HttpRoute, RouteCaller } from "#rpc/facade.ts";

export interface MountOptions {
  readonly log: FaultLog;
  readonly callerOf: (request: FastifyRequest) => Pick<RouteCaller, "principal" | "address">;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, error: ConnectError) => FastifyReply;
}

/** What is said of every answer that does not say otherwise: it is data, whatever a browser makes of it. */
const usual: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
};

/**
 * Mounts façades' plain HTTP. Bodies are streams in both directions, as fast as the slower side; a caller that goes
 * aborts the request's signal. Who may call is looked up like any other route's, by method and path.
 */
export async function mountRoutes(
  app: FastifyInstance,
  routes: readonly HttpRoute[],
  options: MountOptions,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    for (const route of routes) {
      scope.route({
        method: route.method,
        url: route.path,
        // Lengths and ranges are of the bytes as they are.
        compress: false,
        handler: (request, reply) => answer(route, request, reply, options),
      });
    }
  });
}

async function answer(
  route: HttpRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { log, callerOf, refuse }: MountOptions,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  let response: Response;
  try {
    const caller = { ...callerOf(request), requestId: request.id };
    response = await route.handle(toRequest(request, gone.signal), request.params as Record<string, string>, caller);
  } catch (error) {
    const fault = (err: unknown) =>
      log.error({ err, route: `${route.method} ${route.path}`, requestId: request.id }, "a request failed by a fault");
    return refuse(request, reply, toConnectError(error, fault));
  }
  reply.code(response.status).headers({ ...usual, ...Object.fromEntries(response.headers) });
  // A stream of this kind is closed without being read for whoever asks for the head of an answer alone.
  if (request.method === "HEAD") return reply.send(response.body ?? "");
  return reply.send(response.body ? Readable.fromWeb(response.body as WebStream<Uint8Array>) : "");
}

function toRequest(request: FastifyRequest, signal: AbortSignal): Request {
  const { method, raw } = request;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2 has its first line among them.
    if (value !== undefined && !name.startsWith(":"))
      headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const url = new URL(request.url, `${request.protocol}://${request.host || "localhost"}`);
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers, signal });
  return new Request(url, { method, headers, signal, body: Readable.toWeb(raw) as ReadableStream, duplex: "half" });
}
