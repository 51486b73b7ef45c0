import type { ConnectRouter } from "@connectrpc/connect";
import { principalKey } from "#rpc/auth.ts";
import { type Handler, type HandlerAnswer, type HandlerRequest, wrapHandlers } from "#rpc/wrap-handlers.ts";
import { answeredCode } from "./answered-code.ts";
import { type Call, type CallObserver, type EndedCall, protocolOf, requestIdKey } from "./call.ts";

/**
 * Tells observers of every call when it begins and when its last byte has gone, with what it was answered: what Connect
 * refuses itself, such as bytes that are no message, and what handlers do, alike.
 */
export function watchCalls(router: ConnectRouter, observers: readonly CallObserver[]): void {
  wrapHandlers(router, (handler) => (request) => watchCall(handler, request, observers));
}

async function watchCall(
  handler: Handler,
  request: HandlerRequest,
  observers: readonly CallObserver[],
): Promise<HandlerAnswer> {
  const call = callOf(handler, request);
  for (const observer of observers) observer.began?.(call);
  const begun = performance.now();
  const counts = { received: 0, sent: 0 };
  let over = false;
  const end = (code: string) => {
    if (over) return;
    over = true;
    const principal = request.contextValues?.get(principalKey)?.name;
    const seconds = (performance.now() - begun) / 1000;
    const ended: EndedCall = { ...call, ...counts, code, seconds, ...(principal !== undefined && { principal }) };
    for (const observer of observers) observer.ended(ended);
  };
  const count = (bytes: number) => {
    counts.received += bytes;
    for (const observer of observers) observer.received?.(call, bytes);
  };
  try {
    const answer = await handler({ ...request, body: counted(request.body, count) });
    return watchAnswer(answer, call, request.signal, counts, end);
  } catch (error) {
    end(request.signal.aborted ? "canceled" : "unknown");
    throw error;
  }
}

function callOf({ service, method }: Handler, { header, contextValues }: HandlerRequest): Call {
  return {
    requestId: contextValues?.get(requestIdKey) ?? "",
    rpc: `${service.typeName}/${method.name}`,
    unary: method.methodKind === "unary",
    protocol: protocolOf(header.get("content-type") ?? ""),
  };
}

function watchAnswer(
  answer: HandlerAnswer,
  call: Call,
  signal: AbortSignal,
  counts: { sent: number },
  end: (code: string) => void,
): HandlerAnswer {
  const { status, trailer, body } = answer;
  const code = (last: Uint8Array | undefined) => answeredCode(call.protocol, { status, trailer, last });
  if (!body) {
    end(code(undefined));
    return answer;
  }
  async function* watched(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let last: Uint8Array | undefined;
    try {
      for await (const chunk of chunks) {
        counts.sent += chunk.length;
        last = chunk;
        yield chunk;
      }
      // Trailers stand once the body has ended.
      end(code(last));
    } finally {
      end(signal.aborted ? "canceled" : "unknown");
    }
  }
  return { ...answer, body: watched(body) };
}

function counted(body: HandlerRequest["body"], count: (bytes: number) => void): HandlerRequest["body"] {
  return isByteStream(body) ? countedChunks(body, count) : body;
}

function isByteStream(body: HandlerRequest["body"]): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function* countedChunks(
  body: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    count(chunk.length);
    yield chunk;
  }
}
