import type { IncomingHttpHeaders } from "node:http2";
import type { Message } from "@bufbuild/protobuf";
import { type Compression, compressionNegotiate } from "@connectrpc/connect/protocol";
import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import type { Collected } from "./collect-body.ts";
import type { LeanCall } from "./lean-call.ts";
import type { LeanMethod } from "./lean-method.ts";
import { type LeanAnswer, type LeanProtocol, toTold } from "./lean-protocol.ts";

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
  protocol: LeanProtocol,
  { input }: LeanMethod,
  headers: IncomingHttpHeaders,
  collected: Collected,
  longestDeadlineMs: number,
): LeanRequest | undefined {
  const names = protocol.headers;
  const bytes = protocol.messageOf(collected, headers);
  const timeout = protocol.parseTimeout(text(headers[names.timeout]), longestDeadlineMs);
  const { error, response } = negotiated(protocol, text(headers[names.encoding]), text(headers[names.accept]));
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

function negotiated({ headers }: LeanProtocol, encoding: string | null, accepted: string | null): Negotiated {
  const asked = `${encoding} ${accepted}`;
  const known = agreed.get(asked);
  if (known) return known;
  const found = compressionNegotiate(compressions, encoding, accepted, headers.accept);
  if (agreed.size < mostAgreed) agreed.set(asked, found);
  return found;
}

function text(header: string | string[] | undefined): string | null {
  return Array.isArray(header) ? header.join(", ") : (header ?? null);
}

/** Calls the handler and answers what it says. */
export async function answerLean(call: LeanCall, method: LeanMethod, request: LeanRequest): Promise<void> {
  const { protocol } = call;
  const { compression } = request;
  // gRPC names it even where an answer is too short.
  const header = {
    "content-type": protocol.answerType,
    ...(compression && protocol.name === "grpc" && { "grpc-encoding": compression.name }),
  };
  call.setDeadline(request.timeoutMs);
  try {
    const { message } = await method.answer(call.request(request.message));
    const data = method.output.serialize(message);
    const packer = compression && data.length >= compressBytes ? compression : undefined;
    const packed = packer ? await packer.compress(data) : data;
    const answer = protocol.answer(packed, packer, call.told);
    call.send("ok", { ...answer, header: { ...header, ...answer.header } });
  } catch (error) {
    const { code, ...told } = protocol.refusal(toTold(error), call.told);
    const answer = protocol.name === "grpc" ? told : await compressed(told, compression);
    call.send(code, { ...answer, header: { ...header, ...answer.header } });
  }
}

/** Connect's errors have bodies. */
async function compressed(answer: LeanAnswer, compression: Compression | null): Promise<LeanAnswer> {
  const { body } = answer;
  if (!compression || !body || body.length < compressBytes) return answer;
  const packed = await compression.compress(body);
  const header = { ...answer.header, "content-encoding": compression.name, "content-length": packed.length };
  return { ...answer, header, body: packed };
}
