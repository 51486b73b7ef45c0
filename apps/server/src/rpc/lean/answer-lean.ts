import type { IncomingHttpHeaders } from "node:http2";
import type { Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Compression, compressionNegotiate, encodeEnvelope, envelopeCompress } from "@connectrpc/connect/protocol";
import { parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import { answeredCode } from "#rpc/calls/answered-code.ts";
import { mendTrailer } from "#rpc/malformed-messages.ts";
import { toOutgoing } from "./answer-by-connect.ts";
import type { Collected } from "./collect-body.ts";
import { answerType, type LeanCall } from "./lean-call.ts";
import type { LeanMethod } from "./lean-method.ts";
import { onlyMessage } from "./only-message.ts";

/** A request that is as nearly all are. */
export interface LeanRequest {
  readonly message: Message;
  readonly timeoutMs: number | undefined;
  /** How the answer is compressed when that is worth it. */
  readonly compression: Compression | null;
}

/** What Connect knows, and from which size on it compresses. */
const compressions = [compressionGzip, compressionBrotli];
const compressBytes = 1_024;

/** Undefined for a request that is not as nearly all are; what is wrong with it, if anything is, Connect says. */
export function leanRequest(
  { input }: LeanMethod,
  headers: IncomingHttpHeaders,
  collected: Collected,
  longestDeadlineMs: number,
): LeanRequest | undefined {
  const bytes = onlyMessage(collected);
  const timeout = parseTimeout(text(headers["grpc-timeout"]), longestDeadlineMs);
  const { error, response } = negotiated(text(headers["grpc-encoding"]), text(headers["grpc-accept-encoding"]));
  if (!bytes || timeout.error || error) return undefined;
  try {
    return { message: input.parse(bytes), timeoutMs: timeout.timeoutMs, compression: response };
  } catch {
    return undefined;
  }
}

type Negotiated = ReturnType<typeof compressionNegotiate>;

/** By what was asked: there are as many ways to ask as there are kinds of clients. */
const agreed = new Map<string, Negotiated>();
const mostAgreed = 100;

function negotiated(encoding: string | null, accepted: string | null): Negotiated {
  const asked = `${encoding} ${accepted}`;
  const known = agreed.get(asked);
  if (known) return known;
  const found = compressionNegotiate(compressions, encoding, accepted, "Grpc-Accept-Encoding");
  if (agreed.size < mostAgreed) agreed.set(asked, found);
  return found;
}

function text(header: string | string[] | undefined): string | null {
  return Array.isArray(header) ? header.join(", ") : (header ?? null);
}

/** Calls the handler and answers what it says. */
export async function answerLean(call: LeanCall, method: LeanMethod, request: LeanRequest): Promise<void> {
  const { compression } = request;
  const header = { "content-type": answerType, ...(compression && { "grpc-encoding": compression.name }) };
  call.setDeadline(request.timeoutMs);
  try {
    const { message } = await method.answer(call.request(request.message));
    const data = method.output.serialize(message);
    const packed =
      compression && data.length >= compressBytes
        ? await envelopeCompress({ flags: 0, data }, compression, compressBytes)
        : { flags: 0, data };
    const { told } = call;
    call.send("ok", {
      header: { ...header, ...toOutgoing(told.header) },
      body: encodeEnvelope(packed.flags, packed.data),
      trailer: told.trailer ? toOutgoing(told.trailer) : { "grpc-status": "0" },
    });
  } catch (error) {
    const { told } = call;
    const trailer = setTrailerStatus(told.trailer ?? new Headers(), toTold(error));
    mendTrailer(trailer);
    call.send(answeredCode("grpc", { status: 200, trailer, last: undefined }), {
      header: { ...header, ...toOutgoing(told.header) },
      body: undefined,
      trailer: toOutgoing(trailer),
    });
  }
}

/** What the interceptor of errors has not made one is a fault of what is around it. */
function toTold(error: unknown): ConnectError {
  return error instanceof ConnectError
    ? error
    : new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}
