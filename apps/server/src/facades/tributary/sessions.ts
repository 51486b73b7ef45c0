import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { Credential, type SessionSchema, type SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import type { Ports } from "#core/ports/index.ts";
import type { Principal } from "#core/principal.ts";
import { endSession, startSession } from "#core/tokens/sessions.ts";
import type { Token } from "#core/tokens/token.ts";
import { fromRole } from "#facades/tributary/tokens.ts";
import type { AccessTable } from "#rpc/access.ts";
import { principalKey, principalOf } from "#rpc/auth.ts";
import { clearSessionCookies, setSessionCookie } from "#rpc/session-cookie.ts";

function fromPrincipal(principal: Principal): MessageInitShape<typeof SessionSchema> {
  const { name, role, projects, expiresAt, sessionId, tokenId } = principal;
  const known = sessionId === undefined ? Credential.TOKEN : Credential.SESSION;
  return {
    name,
    role: fromRole(role),
    projectNames: [...(projects ?? [])],
    credential: tokenId === undefined ? Credential.NONE : known,
    ...(expiresAt === undefined ? {} : { expireTime: timestampFromMs(expiresAt) }),
  };
}

/** The RPCs of this API that need a role, by full name. */
function guarded(access: AccessTable) {
  return [...access].flatMap(([path, { needs, wholeServer }]) => {
    const [, service = "", method = ""] = path.split("/");
    if (!service.startsWith("tributary.v1.") || needs === "anyone") return [];
    return { name: `${service}.${method}`, needs, wholeServer };
  });
}

export function sessionHandlers(ports: Ports, access: AccessTable): ServiceImpl<typeof SessionService> {
  const maxAge = ({ expiresAt = 0 }: Token) => Math.max(1, Math.floor((expiresAt - ports.clock.now()) / 1_000));
  return {
    getSession(_request, context) {
      const rpcs = guarded(access);
      return {
        session: fromPrincipal(principalOf(context)),
        neededRoles: Object.fromEntries(rpcs.map(({ name, needs }) => [name, fromRole(needs)])),
        unscopedRpcs: rpcs.filter(({ wholeServer }) => wholeServer).map(({ name }) => name),
      };
    },
    async login({ token }, context) {
      const started = await startSession(ports, token);
      if ("refused" in started) throw new ConnectError(`token: ${started.refused}`, Code.Unauthenticated);
      const { session, text } = started;
      const principal = { ...session, sessionId: session.id, tokenId: session.parentId ?? session.id };
      // From here on it is known who called.
      context.values.set(principalKey, principal);
      const origin = context.requestHeader.get("origin");
      context.responseHeader.append("set-cookie", setSessionCookie(text, origin, maxAge(session)));
      return { session: fromPrincipal(principal) };
    },
    async logout(_request, context) {
      const sessionId = context.values.get(principalKey)?.sessionId;
      if (sessionId !== undefined) await endSession(ports, sessionId);
      for (const cookie of clearSessionCookies()) context.responseHeader.append("set-cookie", cookie);
      return {};
    },
  };
}
