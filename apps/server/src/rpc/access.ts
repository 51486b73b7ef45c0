import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { hasRole, type Principal, type Role } from "#core/principal.ts";

/** Who may make a call: everybody who reaches the server, or principals of a role. */
export type Needed = "anyone" | Role;

/** How one RPC or plain route is guarded. */
export interface Access {
  readonly needs: Needed;
  /** It concerns more than one project: a principal that is limited to some may not call it. */
  readonly wholeServer: boolean;
  /** What it is about that belongs to no project: `TaskQueue's tasks`. Such a principal is told what to do instead. */
  readonly projectless?: string;
  /** Whether the audit trail has its calls. */
  readonly audited: boolean;
  /** It is a worker's part as well. */
  readonly orWorker?: true;
}

/** What {@link rows} takes for one RPC: what it needs, where everything else is as usual for its service. */
export type Row = Needed | (Pick<Access, "needs"> & Partial<Access>);

/** Guards by path: `/tributary.v1.TaskService/GetTask`, or `GET /healthz` for what is no RPC. */
export type AccessTable = ReadonlyMap<string, Access>;

/** Marks an RPC that concerns more than one project, in a service that otherwise goes by projects. */
export const wholeServer = (needs: Needed): Row => ({ needs, wholeServer: true });
/** For what anybody may call, and what is to be known of nevertheless. */
export const audited = (needs: Needed): Row => ({ needs, audited: true });

/**
 * The guards of one service; the compiler sees to it that every RPC has one.
 *
 * @param usual - `by-project` when its handlers show callers only what belongs to their projects; `projectless` when nothing
 *   of it belongs to any
 */
export function rows<S extends DescService>(
  service: S,
  usual: "by-project" | "whole-server" | Required<Pick<Access, "projectless">>,
  each: { readonly [M in keyof S["method"]]: Row },
): readonly (readonly [string, Access])[] {
  return service.methods.flatMap((method) => {
    const row: Row | undefined = (each as Readonly<Record<string, Row>>)[method.localName];
    // Without one it is refused.
    return row === undefined ? [] : [[rpcPath(service, method), toAccess(row, usual, method)]];
  });
}

function toAccess(row: Row, usual: Parameters<typeof rows>[1], method: DescMethod): Access {
  const given = typeof row === "string" ? { needs: row } : row;
  const reads = method.idempotency === Idempotency.NO_SIDE_EFFECTS;
  const changes = !reads && given.needs !== "anyone" && given.needs !== "viewer" && given.needs !== "worker";
  const about = typeof usual === "string" ? {} : usual;
  return { wholeServer: usual !== "by-project", ...about, audited: changes, ...given };
}

/** Each call asks for it a few times. */
const paths = new WeakMap<DescMethod, string>();

export function rpcPath(service: DescService, method: DescMethod): string {
  const known = paths.get(method);
  if (known !== undefined) return known;
  const path = `/${service.typeName}/${method.name}`;
  paths.set(method, path);
  return path;
}

/**
 * Why a principal may not make a call; undefined when it may. What has no guard is refused.
 *
 * @param what - for the message: `CancelTask`
 */
export function refusalOf(
  access: Access | undefined,
  principal: Principal | undefined,
  what: string,
): ConnectError | undefined {
  if (access === undefined) return denied(`${what} is not in the table of roles, so nobody may call it`);
  const { needs } = access;
  if (needs === "anyone") return undefined;
  if (principal === undefined) return unauthenticated("no API token was sent");
  if (access.orWorker && principal.role === "worker") return undefined;
  if (!hasRole(principal, needs)) return denied(whyNoRole(what, needs, principal));
  if (access.wholeServer && principal.projects !== undefined) {
    return denied(whyLimited(what, access, principal.name, principal.projects));
  }
  return undefined;
}

/** AME's command line says how to log in when it reads `401`. */
export function unauthenticated(why: string): ConnectError {
  return new ConnectError(
    `401: ${why}. Send an API token of this server as "authorization: Bearer trib_…", or log in on its page`,
    Code.Unauthenticated,
  );
}

function denied(message: string): ConnectError {
  return new ConnectError(message, Code.PermissionDenied);
}

function whyLimited(what: string, { projectless }: Access, name: string, projects: readonly string[]): string {
  const limits = `${name} is limited to ${projects.join(", ")}`;
  if (projectless === undefined) {
    return `${what} concerns the whole server, and ${limits}: ask an admin for a token without limit`;
  }
  return `${what}: ${projectless} belong to no project, and ${limits}. Run a task of such a project, in the dashboard or by tributary.v1.TaskService/RunTask, or ask an admin for a token without limit`;
}

function whyNoRole(what: string, needs: Role, { name, role }: Principal): string {
  if (role === "worker") return `${what} is not a worker's part, and ${name} is a worker`;
  if (needs === "worker") return `${what} is for workers only`;
  return `${what} needs the role ${needs}, and ${name} has ${role}: ask an admin for a token with that role`;
}
