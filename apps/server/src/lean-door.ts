import type { Http2Session, IncomingHttpHeaders } from "node:http2";
import type { ContextValues } from "@connectrpc/connect";
import type { BrowserGuard } from "#listener/browser-guard.ts";
import { type Connection, connectionOf } from "#listener/connection.ts";
import type { Admission } from "#rpc/admission/admission.ts";
import { requestIdHeader, requestIdOf } from "#rpc/calls/request-id.ts";
import type { Entered, LeanOptions } from "#rpc/lean/take-lean-calls.ts";
import type { Authentication, Caller } from "#server/authenticate.ts";

export interface LeanDoorOptions {
  readonly guard: BrowserGuard;
  readonly authenticated: Pick<Authentication, "callerBy">;
  readonly admission: Admission;
  /** Whose budget a caller's calls are taken from; undefined for those who have none. */
  readonly budgetOf: (caller: Caller) => string | undefined;
  /** What handlers find in the context of a call. */
  readonly contextOf: (connection: Connection, caller: Caller, requestId: string) => ContextValues;
}

const unlimited = { admitted: true, release: () => {} } as const;

/** What is known of a connection: its calls mostly come alike. */
interface Known {
  readonly connection: Connection;
  /** The host that its last call named, which may be asked for. */
  authority?: string | undefined;
}

/** The hooks that every other request passes, for calls of the lean path: the host, who calls, how much is under way. */
export function leanDoor(options: LeanDoorOptions): LeanOptions["enter"] {
  const { guard, authenticated, admission, budgetOf, contextOf } = options;
  const sessions = new WeakMap<Http2Session, Known>();

  function knownOf(session: Http2Session): Known {
    const known = sessions.get(session) ?? { connection: connectionOf(session.socket) };
    sessions.set(session, known);
    return known;
  }

  function enter(
    caller: Caller | undefined,
    headers: IncomingHttpHeaders,
    connection: Connection,
  ): Entered | undefined {
    if (!caller) return undefined;
    const budget = budgetOf(caller);
    const admitted = budget === undefined ? unlimited : admission.admit(budget, "call");
    if (!admitted.admitted) return undefined;
    const requestId = requestIdOf(headers[requestIdHeader]);
    return {
      requestId,
      principal: caller.principal?.name,
      values: contextOf(connection, caller, requestId),
      release: admitted.release,
    };
  }

  return (path, headers, { session }) => {
    if (!session) return undefined;
    const known = knownOf(session);
    const { connection } = known;
    if (!mayBeAsked(guard, headers, known)) return undefined;
    const caller = authenticated.callerBy(path, headers.authorization, connection);
    return caller instanceof Promise
      ? caller.then((found) => enter(found, headers, connection))
      : enter(caller, headers, connection);
  };
}

function mayBeAsked(guard: BrowserGuard, headers: IncomingHttpHeaders, known: Known): boolean {
  const authority = headers[":authority"] ?? headers.host;
  if (authority !== undefined && authority === known.authority) return true;
  const { kind, tls } = known.connection;
  const asked = { method: "POST", authority, origin: undefined, fetchSite: undefined, tls, kind };
  const { allowed } = guard.judge(asked);
  known.authority = allowed ? authority : undefined;
  return allowed;
}
