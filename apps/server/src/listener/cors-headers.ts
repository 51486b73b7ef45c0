import { cors } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";

const PREFLIGHT_SECONDS = 7_200;

/** Lets a page of `origin` read the answer. No cookies: credentials of such pages are tokens they send themselves. */
export function allowOrigin(reply: FastifyReply, origin: string): void {
  reply
    .header("access-control-allow-origin", origin)
    .header("access-control-expose-headers", cors.exposedHeaders.join(", "))
    .header("vary", "Origin");
}

/** Answers the browser's question before a cross-origin call; any other request goes on. */
export async function answerPreflight(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  const method = request.headers["access-control-request-method"];
  if (request.method !== "OPTIONS" || method === undefined) return undefined;
  const asked = request.headers["access-control-request-headers"];
  return reply
    .code(204)
    .header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
    .header("access-control-allow-headers", asked ?? cors.allowedHeaders.join(", "))
    .header("access-control-allow-private-network", "true")
    .header("access-control-max-age", PREFLIGHT_SECONDS)
    .header("vary", "Origin, Access-Control-Request-Headers")
    .send();
}
