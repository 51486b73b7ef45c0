import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { type HandlerRequest, wrapHandlers } from "#rpc/wrap-handlers.ts";

export interface BodyLimits {
  /** How long nothing of a request may come, in milliseconds. */
  readonly stallMs: number;
  /** How long it may take until all of it is there, in milliseconds. */
  readonly wholeMs: number;
}

export const defaultBodyLimits: BodyLimits = { stallMs: 60_000, wholeMs: 15 * 60_000 };

/**
 * Refuses requests of one message that come too slowly: each holds a place that somebody else could use. HTTP/2 has no
 * time limit of its own for them. Streams from the client may rest for as long as they like.
 */
export function limitBodies(router: ConnectRouter, limits: BodyLimits): void {
  wrapHandlers(router, (handler) => (request) => {
    const { body } = request;
    return isLimited(handler.method, body) ? handler({ ...request, body: inTime(body, limits) }) : handler(request);
  });
}

function isLimited({ methodKind }: DescMethod, body: HandlerRequest["body"]): body is AsyncIterable<Uint8Array> {
  const single = methodKind === "unary" || methodKind === "server_streaming";
  return single && typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

async function* inTime(body: AsyncIterable<Uint8Array>, { stallMs, wholeMs }: BodyLimits): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const last = performance.now() + wholeMs;
  for (;;) {
    const next = chunks.next();
    const chunk = await within(next, Math.min(stallMs, last - performance.now()));
    if (chunk === undefined) {
      // It ends when the connection or the stream does, and then nobody waits for it.
      next.catch(() => {});
      throw new ConnectError("the request's body comes too slowly; send it again", Code.DeadlineExceeded);
    }
    if (chunk.done) return;
    yield chunk.value;
  }
}

/** Undefined when time is over. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    // After a pause of this process a late timer runs before what has long arrived is read: look once more.
    const lookAgain = () => setImmediate(() => setImmediate(resolve, undefined));
    timer = setTimeout(lookAgain, Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
