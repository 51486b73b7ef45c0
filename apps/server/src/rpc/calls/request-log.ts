import type { FastifyInstance, FastifyRequest } from "fastify";
import { pathOf } from "#rpc/methods-by-path.ts";
import { milliseconds } from "./call-log.ts";
import { requestIdHeader } from "./request-id.ts";

/** What asks all the time says nothing. */
const quiet = new Set(["/healthz", "/readyz", "/metrics"]);

export interface RequestLogOptions {
  /** Whether the request became an RPC, which tells about itself. */
  readonly isCall: (request: FastifyRequest) => boolean;
  /** Told of every other request when it has been answered. */
  readonly answered: (status: number) => void;
}

/** Answers every request with its id, and writes a line for each that is no RPC. Register it before other hooks. */
export function logRequests(app: FastifyInstance, { isCall, answered }: RequestLogOptions): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    if (!isCall(request)) {
      const { statusCode: status } = reply;
      const path = pathOf(request.url).slice(0, 300);
      const line = { requestId: request.id, method: request.method, path, status, ms: milliseconds(reply.elapsedTime) };
      if (quiet.has(path)) app.log.debug(line, "request");
      else app.log.info(line, "request");
      answered(status);
    }
    done();
  });
}
