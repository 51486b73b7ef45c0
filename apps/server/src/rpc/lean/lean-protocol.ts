import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Compression, encodeEnvelope, mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  codeToString,
  errorToJsonBytes,
  parseTimeout as parseConnectTimeout,
  trailerMux,
} from "@connectrpc/connect/protocol-connect";
import { parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { answeredCode } from "#rpc/calls/answered-code.ts";
import { mendTrailer } from "#rpc/malformed-messages.ts";
import type { Collected } from "./collect-body.ts";
import { onlyMessage, wholeMessage } from "./only-message.ts";

/** The answer's header and trailers as they stand; undefined where nobody has looked at them. */
export interface Told {
  readonly header: Headers | undefined;
  readonly trailer: Headers | undefined;
}

export interface LeanAnswer {
  /** Beside the id of the request, and a status that is not 200. */
  readonly header: OutgoingHttpHeaders;
  /** Undefined for a call of gRPC that failed. */
  readonly body: Uint8Array | undefined;
  /** Undefined where there are none. */
  readonly trailer: OutgoingHttpHeaders | undefined;
}

/** How one message is asked and answered: what the lean path's protocols do not have in common. */
export interface LeanProtocol {
  readonly name: "grpc" | "connect";
  /** What Connect answers with, whichever of the type's spellings was asked with. */
  readonly answerType: string;
  /** With which an answer's trailers begin. */
  readonly trailer: Readonly<Record<string, string>>;
  readonly headers: { readonly timeout: string; readonly encoding: string; readonly accept: string };
  readonly parseTimeout: typeof parseTimeout;
  /** The bytes of a request's plain message; undefined for a request that is anything else. */
  messageOf(collected: Collected, headers: IncomingHttpHeaders): Uint8Array | undefined;
  answer(data: Uint8Array, compression: Compression | undefined, told: Told): LeanAnswer;
  /** @returns the name of the code too */
  refusal(error: ConnectError, told: Told): LeanAnswer & { readonly code: string };
}

export const leanGrpc: LeanProtocol = {
  name: "grpc",
  answerType: "application/grpc+proto",
  trailer: { "grpc-status": "0" },
  headers: { timeout: "grpc-timeout", encoding: "grpc-encoding", accept: "grpc-accept-encoding" },
  parseTimeout,
  messageOf: onlyMessage,
  answer: (data, compression, { header, trailer }) => ({
    header: toOutgoing(header),
    body: encodeEnvelope(compression ? 1 : 0, data),
    trailer: trailer ? toOutgoing(trailer) : { "grpc-status": "0" },
  }),
  refusal(error, { header, trailer: told }) {
    const trailer = setTrailerStatus(told ?? new Headers(), error);
    mendTrailer(trailer);
    const code = answeredCode("grpc", { status: 200, trailer, last: undefined });
    return { code, header: toOutgoing(header), body: undefined, trailer: toOutgoing(trailer) };
  },
};

/** Unary calls of Connect's own protocol: the message is the body, trailers are headers, errors are JSON. */
export const leanConnect: LeanProtocol = {
  name: "connect",
  answerType: "application/proto",
  trailer: {},
  headers: { timeout: "connect-timeout-ms", encoding: "content-encoding", accept: "accept-encoding" },
  parseTimeout: parseConnectTimeout,
  messageOf: wholeMessage,
  answer: (data, compression, told) => ({
    header: {
      ...muxed(told),
      ...(compression && { "content-encoding": compression.name }),
      "content-length": data.length,
    },
    body: data,
    trailer: undefined,
  }),
  refusal(error, { header: told, trailer }) {
    const header = new Headers(told);
    if (!error.isWireError) mergeNonProtocolHeaders(header, error.metadata);
    header.set("content-type", "application/json");
    const body = errorToJsonBytes(error, undefined);
    const length = { ":status": codeToHttpStatus(error.code), "content-length": body.length };
    return {
      code: codeToString(error.code),
      header: { ...muxed({ header, trailer }), ...length },
      body,
      trailer: undefined,
    };
  },
};

function muxed({ header, trailer }: Told): OutgoingHttpHeaders {
  return toOutgoing(trailer ? trailerMux(header ?? new Headers(), trailer) : header);
}

export function toOutgoing(headers: Headers | undefined): OutgoingHttpHeaders {
  return headers ? Object.fromEntries(headers) : {};
}

/** The protocol of a request's type, where the lean path has it. */
export function leanProtocolOf(type: string | undefined): LeanProtocol | undefined {
  if (type === "application/grpc" || type === "application/grpc+proto") return leanGrpc;
  return type === "application/proto" ? leanConnect : undefined;
}

/** What the interceptor of errors has not made one is a fault of what is around it. */
export function toTold(error: unknown): ConnectError {
  return error instanceof ConnectError
    ? error
    : new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}
