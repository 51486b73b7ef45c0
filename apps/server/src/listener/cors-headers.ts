import { cors } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest } from "fastify";

/** The longest that Chromium keeps such an answer. */
const PREFLIGHT_SECONDS = 7_200;

/** Besides what the protocols of RPCs need: ids to quote, when to come again, and what downloads say of themselves. */
const exposed = [
  ...cors.exposedHeaders,
  "X-Request-Id",
  "Retry-After",
  "Grpc-Retry-Pushback-Ms",
  "Content-Disposition",
  "ETag",
].join(", ");
/** For a browser that does not say which it wants to send. */
const accepted = [...cors.allowedHeaders, "Authorization", "X-Request-Id"].join(", ");

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
    .header("access-control-expose-headers", exposed)
    .header("vary", "Origin");
  if (method !== "OPTIONS" || headers["access-control-request-method"] === undefined) return false;
  reply
    .code(204)
    .header("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
    .header("access-control-allow-headers", headers["access-control-request-headers"] ?? accepted)
    .header("access-control-allow-private-network", "true")
    .header("access-control-max-age", PREFLIGHT_SECONDS)
    .header("vary", "Origin, Access-Control-Request-Headers")
    .send();
  return true;
}
