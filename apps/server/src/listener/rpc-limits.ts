import {
  type ConnectRouterOptions,
  type ContextValues,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import type { FastifyRequest } from "fastify";
import { type Connection, connectionOf } from "./connection.ts";

/** Largest message of any RPC, either way, after decompression. */
export const MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * Longest deadline a client may ask for; a longer one is refused as `invalid_argument`. Node's timers end at 24.8
 * days, and a deadline beyond that would pass at once. Calls without a deadline are not limited.
 */
export const LONGEST_DEADLINE_MS = 7 * 24 * 60 * 60_000;

export interface RpcLimits {
  readonly messageBytes?: number;
  readonly longestDeadlineMs?: number;
}

/** The part of Connect's options that is about the listener: register `fastifyConnectPlugin` with it. */
export type RpcOptions = Required<
  Pick<ConnectRouterOptions, "readMaxBytes" | "writeMaxBytes" | "maxTimeoutMs" | "shutdownSignal">
> & { contextValues: (request: FastifyRequest) => ContextValues };

export function rpcOptions(listener: { readonly shutdownSignal: AbortSignal }, limits: RpcLimits = {}): RpcOptions {
  const messageBytes = limits.messageBytes ?? MESSAGE_BYTES;
  return {
    readMaxBytes: messageBytes,
    writeMaxBytes: messageBytes,
    maxTimeoutMs: limits.longestDeadlineMs ?? LONGEST_DEADLINE_MS,
    shutdownSignal: listener.shutdownSignal,
    contextValues: rpcContext,
  };
}

/** Which door a call came through: `context.values.get(connectionKey)`. */
export const connectionKey = createContextKey<Connection>(
  { kind: "tcp", tls: false },
  { description: "connection of the call" },
);

/** Context values of one call; add further ones to what it returns. */
export function rpcContext(request: FastifyRequest): ContextValues {
  return connectionContext(connectionOf(request.raw.socket));
}

/** The same for a call that is no request of Fastify. */
export function connectionContext(connection: Connection): ContextValues {
  return createContextValues().set(connectionKey, connection);
}
