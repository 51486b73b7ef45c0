import { Code, ConnectError, createContextKey, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import type { Principal } from "#core/principal.ts";

/** Who makes a call. Nobody has a right unless the door the call came through says so. */
export const principalKey = createContextKey<Principal | undefined>(undefined, {
  description: "principal of the call",
});

/** Who stands behind a door: workers come through the socket that only this user can open, people over TCP. */
export function principalOfDoor(kind: "tcp" | "unix"): Principal {
  return kind === "unix" ? { name: "local-worker", role: "worker" } : { name: "local", role: "admin" };
}

/** @throws ConnectError `unauthenticated` for a call without a principal */
export function principalOf(context: HandlerContext): Principal {
  const principal = context.values.get(principalKey);
  if (!principal) throw new ConnectError("say who you are: send an API token", Code.Unauthenticated);
  return principal;
}

/** Services that belong to workers alone; everything else belongs to people. */
const workerServices = new Set(["tributary.v1.DispatchService"]);
const openServices = new Set(["grpc.health.v1.Health"]);

/** Lets workers do a worker's part and people everything else. */
export const authInterceptor: Interceptor = (next) => (request) => {
  const { typeName } = request.service;
  if (openServices.has(typeName)) return next(request);
  const principal = request.contextValues.get(principalKey);
  if (!principal) throw new ConnectError("say who you are: send an API token", Code.Unauthenticated);
  if (workerServices.has(typeName) !== (principal.role === "worker")) {
    throw new ConnectError(
      principal.role === "worker" ? "a worker may only do a worker's part" : `${typeName} is for workers only`,
      Code.PermissionDenied,
    );
  }
  return next(request);
};
