import { cors } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";

const PREFLIGHT_SECONDS = 7_200;

/**
 * Lets a page of the trusted `origin` read the answer, and answers the question a browser asks before a call.
 *
 * No cookies: credentials of such pages are tokens that they send themselves.
 *
 * @returns whether the request was that question, and so is answered
 */
export function answerCors({ method, headers }: FastifyRequest, reply: FastifyReply, origin: string): boolean {
  reply
    .header("access-control-allow-origin", origin)
    .header("access-control-expose-headers", cors.exposedHeaders.join(", "))
    .header("vary", "Origin");
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
  reply
    .code(204)
    .header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
    .header("access-control-allow-headers", headers["access-control-request-headers"] ?? cors.allowedHeaders.join(", "))
    .header("access-control-allow-private-network", "true")
    .header("access-control-max-age", PREFLIGHT_SECONDS)
    .header("vary", "Origin, Access-Control-Request-Headers")
    .send();
  return true;
}
