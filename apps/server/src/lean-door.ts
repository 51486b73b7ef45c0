import type { Http2Session, IncomingHttpHeaders } from "node:http2";
import type { ContextValues } from "@connectrpc/connect";
import type { BrowserGuard } from "#listener/browser-guard.ts";
import { type Connection, connectionOf } from "#listener/connection.ts";
import type { Admission } from "#rpc/admission/admission.ts";
import { requestIdHeader, requestIdOf } from "#rpc/calls/request-id.ts";
import type { LeanOptions } from "#rpc/lean/take-lean-calls.ts";
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

/** The hooks that every other request passes, for calls of the lean path: the host, who calls, how much is under way. */
export function leanDoor(options: LeanDoorOptions): LeanOptions["enter"] {
  const { guard, authenticated, admission, budgetOf, contextOf } = options;
  const connections = new WeakMap<Http2Session, Connection>();

  function connectionFor(session: Http2Session): Connection {
    const connection = connections.get(session) ?? connectionOf(session.socket);
    connections.set(session, connection);
    return connection;
  }

  return async (path, headers, { session }) => {
    if (!session) return undefined;
    const connection = connectionFor(session);
    if (!mayBeAsked(guard, headers, connection)) return undefined;
    const caller = await authenticated.callerBy(path, headers.authorization, connection);
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
  };
}

function mayBeAsked(guard: BrowserGuard, headers: IncomingHttpHeaders, { kind, tls }: Connection): boolean {
  const authority = headers[":authority"] ?? headers.host;
  const asked = { method: "POST", authority, origin: undefined, fetchSite: undefined, tls, kind };
  return guard.judge(asked).allowed;
}
