import type { ConnectRouter } from "@connectrpc/connect";
import { principalKey } from "#rpc/auth.ts";
import { type Handler, type HandlerAnswer, type HandlerRequest, wrapHandlers } from "#rpc/wrap-handlers.ts";
import { answeredCode } from "./answered-code.ts";
import { type Call, type CallObserver, protocolOf, requestIdKey } from "./call.ts";
import { WatchedCall } from "./watched-call.ts";

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
  const watched = new WatchedCall(call, request.contextValues?.get(principalKey)?.name, observers);
  try {
    const answer = await handler({ ...request, body: counted(request.body, (bytes) => watched.received(bytes)) });
    return watchAnswer(answer, call, request.signal, watched);
  } catch (error) {
    watched.end(request.signal.aborted ? "canceled" : "unknown");
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
  { protocol }: Call,
  signal: AbortSignal,
  watched: WatchedCall,
): HandlerAnswer {
  const { status, trailer, body } = answer;
  const code = (last: Uint8Array | undefined) => answeredCode(protocol, { status, trailer, last });
  if (!body) {
    watched.end(code(undefined));
    return answer;
  }
  async function* watchedChunks(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    let last: Uint8Array | undefined;
    try {
      for await (const chunk of chunks) {
        watched.sent(chunk.length);
        last = chunk;
        yield chunk;
      }
      // Trailers stand once the body has ended.
      watched.end(code(last));
    } finally {
      watched.end(signal.aborted ? "canceled" : "unknown");
    }
  }
  return { ...answer, body: watchedChunks(body) };
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
