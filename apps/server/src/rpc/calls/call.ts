import { createContextKey } from "@connectrpc/connect";

export type CallProtocol = "grpc" | "grpc-web" | "connect";

/** One RPC from its first byte to its last. */
export interface Call {
  readonly requestId: string;
  /** `package.Service/Method`. */
  readonly rpc: string;
  /** Whether it is one question and one answer. */
  readonly unary: boolean;
  readonly protocol: CallProtocol;
}

export interface EndedCall extends Call {
  /** `ok`, or the code's name as Connect spells it. */
  readonly code: string;
  readonly seconds: number;
  /** Bytes of both bodies as they were on the wire. */
  readonly received: number;
  readonly sent: number;
  /** Who called, where that became known. */
  readonly principal?: string;
}

/** Told of every call; must not throw. */
export interface CallObserver {
  began?(call: Call): void;
  /** Bytes of the request have come. */
  received?(call: Call, bytes: number): void;
  ended(call: EndedCall): void;
}

/** The id of the request a call came with; undefined for calls that came through no listener. */
export const requestIdKey = createContextKey<string | undefined>(undefined, { description: "id of the request" });

export function protocolOf(contentType: string): CallProtocol {
  if (contentType.startsWith("application/grpc-web")) return "grpc-web";
  return contentType.startsWith("application/grpc") ? "grpc" : "connect";
}
