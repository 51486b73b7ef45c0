import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import { type TokenSchema, type TokenService, Role as WireRole } from "@tributary/proto/tributary/v1/tokens_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Role } from "#core/principal.ts";
import { createToken } from "#core/tokens/create-token.ts";
import { listTokens } from "#core/tokens/list-tokens.ts";
import { revokeToken } from "#core/tokens/revoke-token.ts";
import type { Token } from "#core/tokens/token.ts";
import { principalOf } from "#rpc/auth.ts";

const roles: Readonly<Record<Role, WireRole>> = {
  viewer: WireRole.VIEWER,
  runner: WireRole.RUNNER,
  editor: WireRole.EDITOR,
  admin: WireRole.ADMIN,
  worker: WireRole.WORKER,
};

export function fromRole(role: Role): WireRole {
  return roles[role];
}

function toRole(wire: WireRole): Role {
  const role = (Object.keys(roles) as Role[]).find((key) => roles[key] === wire);
  if (!role) throw new RefusedError("invalid", "role: is missing; say what the token is for", "role");
  return role;
}

function fromToken(token: Token, sessions: number): MessageInitShape<typeof TokenSchema> {
  return {
    id: token.id,
    name: token.name,
    role: fromRole(token.role),
    projectNames: [...(token.projects ?? [])],
    clientDialect: token.clientDialect ?? "",
    workerName: token.workerName ?? "",
    manyWorkers: token.role === "worker" && token.workers !== "one",
    workerId: token.workerId ?? "",
    createTime: timestampFromMs(token.createdAt),
    createdBy: token.createdBy,
    revokedBy: token.revokedBy ?? "",
    sessionCount: sessions,
    ...(token.expiresAt === undefined ? {} : { expireTime: timestampFromMs(token.expiresAt) }),
    ...(token.lastUsedAt === undefined ? {} : { lastUsedTime: timestampFromMs(token.lastUsedAt) }),
    ...(token.revokedAt === undefined ? {} : { revokeTime: timestampFromMs(token.revokedAt) }),
  };
}

export function tokenHandlers(ports: Ports): ServiceImpl<typeof TokenService> {
  return {
    async listTokens() {
      const listed = await listTokens(ports);
      return { tokens: listed.map(({ token, sessions }) => fromToken(token, sessions)) };
    },
    async createToken({ name, role, projectNames, clientDialect, workerName, manyWorkers, expireTime }, context) {
      const { token, text } = await createToken(ports, {
        name,
        role: toRole(role),
        projects: projectNames,
        by: principalOf(context).name,
        manyWorkers,
        ...(workerName === "" ? {} : { workerName }),
        ...(clientDialect === "" ? {} : { clientDialect }),
        ...(expireTime ? { expiresAt: timestampMs(expireTime) } : {}),
      });
      return { token: fromToken(token, 0), text };
    },
    async revokeToken({ id }, context) {
      return { token: fromToken(await revokeToken(ports, { id, by: principalOf(context).name }), 0) };
    },
  };
}
