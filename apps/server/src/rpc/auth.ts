import { createContextKey, type HandlerContext, type Interceptor } from "@connectrpc/connect";
import type { Principal } from "#core/principal.ts";
import { type AccessTable, refusalOf, rpcPath, unauthenticated } from "#rpc/access.ts";

/** Who makes a call. Nobody has a right unless the door the call came through, or a token, says so. */
export const principalKey = createContextKey<Principal | undefined>(undefined, {
  description: "principal of the call",
});

/** Where a call came from. */
export interface Door {
  readonly kind: "tcp" | "unix";
  /** The peer's address; empty for the unix socket. */
  readonly address: string;
  /** Nobody between hears what is said: it is encrypted, or does not leave the machine. */
  readonly isPrivate: boolean;
}

export const doorKey = createContextKey<Door>(
  { kind: "tcp", address: "", isPrivate: false },
  { description: "door of the call" },
);

/** A connection, to tell it from others. */
export interface Peer {
  /** Whether it is there; absent where that cannot be told. */
  readonly isOpen?: () => boolean;
}

/** The same object for all calls over one connection. */
export const peerKey = createContextKey<Peer>({}, { description: "connection of the call, to tell it from others" });

/** @throws ConnectError `unauthenticated` for a call without a principal */
export function principalOf(context: HandlerContext): Principal {
  const principal = context.values.get(principalKey);
  if (!principal) throw unauthenticated("no API token was sent");
  return principal;
}

/** Lets everybody do what their role allows, and no more. */
export function authInterceptor(access: AccessTable): Interceptor {
  return (next) => (request) => {
    const { service, method } = request;
    const refusal = refusalOf(
      access.get(rpcPath(service, method)),
      request.contextValues.get(principalKey),
      method.name,
    );
    if (refusal) throw refusal;
    return next(request);
  };
}
