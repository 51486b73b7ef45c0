import type { DescMethod } from "@bufbuild/protobuf";
import { useQuery } from "@connectrpc/connect-query";
import { type GetSessionResponse, SessionService } from "@tributary/proto/tributary/v1/sessions_pb";
import { Role } from "@tributary/proto/tributary/v1/tokens_pb";

const people: readonly Role[] = [Role.VIEWER, Role.RUNNER, Role.EDITOR, Role.ADMIN];

/** Who is logged in, and which role each RPC needs. */
export function useSession(): GetSessionResponse | undefined {
  return useQuery(SessionService.method.getSession, {}, { staleTime: 60_000 }).data;
}

/** Why the reader may not call an RPC. */
export type Obstacle =
  | { readonly kind: "role"; readonly needed: Role; readonly role: Role }
  | { readonly kind: "limit"; readonly projects: readonly string[] };

/** What keeps the reader from calling an RPC; undefined when nothing does, or it is not known. */
export function useObstacle(method: DescMethod): Obstacle | undefined {
  const told = useSession();
  return told && obstacleOf(told, method);
}

export function obstacleOf(
  { session, neededRoles, unscopedRpcs }: GetSessionResponse,
  method: DescMethod,
): Obstacle | undefined {
  const name = `${method.parent.typeName}.${method.name}`;
  const needed = neededRoles[name];
  if (session === undefined || needed === undefined) return undefined;
  if (people.indexOf(session.role) < people.indexOf(needed)) return { kind: "role", needed, role: session.role };
  const limited = session.projectNames.length > 0 && unscopedRpcs.includes(name);
  return limited ? { kind: "limit", projects: session.projectNames } : undefined;
}
