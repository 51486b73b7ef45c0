import type { ConnectError } from "@connectrpc/connect";
import type { FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import type { Ports } from "#core/ports/index.ts";
import type { Principal } from "#core/principal.ts";
import { kindOfText } from "#core/tokens/token-text.ts";
import { type BrowserGuard, isLoopback } from "#listener/browser-guard.ts";
import { type Connection, connectionOf } from "#listener/connection.ts";
import { sendRefusal } from "#listener/send-refusal.ts";
import { type Access, type AccessTable, refusalOf, unauthenticated } from "#rpc/access.ts";
import type { Door } from "#rpc/auth.ts";
import { pathOf } from "#rpc/methods-by-path.ts";
import { readSessionCookie } from "#rpc/session-cookie.ts";
import { ConnectionTokens } from "#server/connection-tokens.ts";

/**
 * Who may call without a token: `local` takes whoever reaches a loopback address for this machine's user, `required`
 * nobody, `none-i-know` anybody.
 */
export type AuthMode = "local" | "required" | "none-i-know";

/** Who makes a request, and from where. */
export interface Caller {
  readonly principal: Principal | undefined;
  readonly door: Door;
}

export interface Authentication {
  /** Add it behind the browser guard: refuses who is not known before anything of the request's body is read. */
  readonly onRequest: onRequestAsyncHookHandler;
  callerOf(request: FastifyRequest): Caller;
  /**
   * Who makes a call that no browser makes; undefined for whoever is refused.
   *
   * @param path - the RPC's, which is unary
   */
  callerBy(
    path: string,
    authorization: string | undefined,
    connection: Connection,
  ): Caller | undefined | Promise<Caller | undefined>;
}

export interface AuthenticationOptions {
  readonly tokens: Ports["tokens"];
  readonly mode: AuthMode;
  readonly guard: BrowserGuard;
  readonly access: AccessTable;
  /** Routes of the dashboard's files. */
  readonly files: ReadonlySet<string>;
  /** Paths of streams whose clients show their tokens with the other calls of their connection alone. */
  readonly tokenlessStreams: ReadonlySet<string>;
}

type Known = { readonly principal: Principal | undefined } | { readonly refused: string };

const withoutToken: Readonly<Record<AuthMode, Principal | undefined>> = {
  local: { name: "local", role: "admin" },
  required: undefined,
  "none-i-know": { name: "anonymous", role: "admin" },
};

/** Workers of this machine come through the socket that only this user can open. */
const localWorker: Principal = { name: "local-worker", role: "worker" };

const open: Access = { needs: "anyone", wholeServer: false, audited: false };

export function authentication(options: AuthenticationOptions): Authentication {
  const { tokens, mode, guard, access, files, tokenlessStreams } = options;
  const callers = new WeakMap<FastifyRequest, Caller>();
  const shown = new ConnectionTokens();

  /** A token that is to be looked at; undefined when there is none, or none that concerns us. */
  function tokenOf(authorization: string | undefined, { kind }: Connection): string | undefined {
    if (kind === "unix") return undefined;
    const bearer = bearerOf(authorization);
    // Without authentication, tokens that clients have from elsewhere do not concern us.
    return bearer === undefined || (mode !== "required" && kindOfText(bearer) === undefined) ? undefined : bearer;
  }

  async function identifyByToken(token: string, connection: Connection): Promise<Known> {
    const known = await tokens.check(token, "api");
    if ("principal" in known) shown.note(connection, token, known.principal);
    return known;
  }

  /** Who comes without a token, and without a session. */
  function identifyByDoor({ kind }: Connection): Known {
    return { principal: kind === "unix" ? localWorker : withoutToken[mode] };
  }

  /** The token of a stream, or the one that stands for it. */
  function authorizationOf({ headers, raw, url }: FastifyRequest, connection: Connection): string | undefined {
    const mayLackIt =
      headers.authorization === undefined && raw.httpVersionMajor === 2 && tokenlessStreams.has(pathOf(url));
    return mayLackIt ? shown.shownOn(connection, headers) : headers.authorization;
  }

  async function identify(request: FastifyRequest, connection: Connection): Promise<Known> {
    const token = tokenOf(authorizationOf(request, connection), connection);
    if (token !== undefined) return identifyByToken(token, connection);
    if (connection.kind === "unix") return identifyByDoor(connection);
    const session = readSessionCookie(request.headers.cookie);
    if (session !== undefined && guard.isOwnPage(request.raw)) {
      const check = await tokens.check(session, "session");
      // An old cookie must not keep anybody from logging in again.
      return "refused" in check && mode !== "required" ? identifyByDoor(connection) : check;
    }
    return identifyByDoor(connection);
  }

  function accessOf(request: FastifyRequest): Access | undefined {
    const { url } = request.routeOptions;
    if (request.is404 || url === undefined || files.has(url)) return open;
    const method = request.method === "HEAD" ? "GET" : request.method;
    return access.get(pathOf(request.url)) ?? access.get(`${method} ${url}`);
  }

  function refusal(known: Known, request: FastifyRequest): ConnectError | undefined {
    const guarded = accessOf(request);
    if (guarded?.needs === "anyone") return undefined;
    if ("refused" in known) return unauthenticated(known.refused);
    // A known caller's role for an RPC is looked at where the call is noted.
    const isRpc = access.has(pathOf(request.url));
    return isRpc && known.principal ? undefined : refusalOf(guarded, known.principal, pathOf(request.url));
  }

  function letIn(path: string, known: Known, connection: Connection): Caller | undefined {
    const refused = "refused" in known || known.principal === undefined;
    return refused && access.get(path)?.needs !== "anyone" ? undefined : toCaller(known, connection);
  }

  return {
    async onRequest(request, reply) {
      const connection = connectionOf(request.raw.socket);
      const known = await identify(request, connection);
      callers.set(request, toCaller(known, connection));
      const refused = refusal(known, request);
      return refused ? sendRefusal(request, reply, refused) : undefined;
    },
    callerOf(request) {
      const caller = callers.get(request);
      if (!caller) throw new Error("a request was not authenticated");
      return caller;
    },
    callerBy(path, authorization, connection) {
      const token = tokenOf(authorization, connection);
      if (token === undefined) return letIn(path, identifyByDoor(connection), connection);
      return identifyByToken(token, connection).then((known) => letIn(path, known, connection));
    },
  };
}

function toCaller(known: Known, { kind, tls, remoteAddress = "" }: Connection): Caller {
  const isPrivate = kind === "unix" || tls || isLoopback(remoteAddress);
  return {
    principal: "refused" in known ? undefined : known.principal,
    door: { kind, address: remoteAddress, isPrivate },
  };
}

/** Undefined for no token: AME's command line sends the bare word `Bearer` when it has none. */
function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const [scheme = "", ...rest] = header.trim().split(/\s+/);
  const token = rest.join(" ");
  if (scheme === "" || (/^bearer$/i.test(scheme) && token === "")) return undefined;
  // Of another scheme: it is told that it is no token of ours.
  return /^bearer$/i.test(scheme) ? token : scheme;
}
