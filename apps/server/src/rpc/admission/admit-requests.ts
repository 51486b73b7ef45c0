import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from "fastify";
import { pathOf } from "#rpc/methods-by-path.ts";
import type { Admission, ShedReason } from "./admission.ts";
import { shedError } from "./shed-error.ts";

/** Whoever looks after the server must be answered most of all when it has too much to do. */
const always = new Set([
  "/healthz",
  "/readyz",
  "/metrics",
  "/grpc.health.v1.Health/Check",
  "/grpc.health.v1.Health/List",
]);

export interface AdmitOptions {
  readonly admission: Admission;
  readonly methods: ReadonlyMap<string, DescMethod>;
  /** Whose budget a request is taken from; undefined for workers, whom the load that people make must not stop. */
  readonly callerOf: (request: FastifyRequest) => string | undefined;
  readonly refuse: (request: FastifyRequest, reply: FastifyReply, error: ConnectError) => unknown;
  readonly shed: (reason: ShedReason) => void;
}

/** Turns away what is too much before anything of it is read. Add it behind whatever finds out who calls. */
export function admitRequests(options: AdmitOptions): onRequestHookHandler {
  const { admission, methods, callerOf, refuse, shed } = options;
  return (request, reply, done) => {
    const path = pathOf(request.url);
    const caller = always.has(path) ? undefined : callerOf(request);
    if (caller === undefined) return done();
    const kind = (methods.get(path)?.methodKind ?? "unary") === "unary" ? "call" : "stream";
    const admitted = admission.admit(caller, kind);
    if (admitted.admitted) {
      reply.raw.once("close", admitted.release);
      return done();
    }
    shed(admitted.reason);
    refuse(request, reply, shedError(admitted.reason, admitted.retryMs));
  };
}
