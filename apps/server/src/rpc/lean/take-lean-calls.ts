import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { ContextValues } from "@connectrpc/connect";
import type { CallObserver } from "#rpc/calls/call.ts";
import { WatchedCall } from "#rpc/calls/watched-call.ts";
import type { FaultLog } from "#rpc/errors.ts";
import { clientDialectOf } from "#rpc/readings.ts";
import { answerByConnect } from "./answer-by-connect.ts";
import { answerLean, leanRequest } from "./answer-lean.ts";
import { type Collected, collectBody } from "./collect-body.ts";
import { LeanCall } from "./lean-call.ts";
import type { LeanMethod } from "./lean-method.ts";

/** A call that may come in. */
export interface Entered {
  readonly requestId: string;
  /** Name of whoever calls, where it is known. */
  readonly principal: string | undefined;
  /** What handlers and interceptors find in the call's context. */
  readonly values: ContextValues;
  /** Gives back the place that the call takes. */
  readonly release: () => void;
}

export interface LeanOptions {
  readonly methods: ReadonlyMap<string, LeanMethod>;
  /**
   * Lets a call in as all requests are let in; undefined for one that is refused, or that it cannot judge. Nothing may
   * have been taken from such a call's budget: it is asked for again on the other path.
   *
   * @param path - the RPC's
   */
  readonly enter: (
    path: string,
    headers: IncomingHttpHeaders,
    stream: ServerHttp2Stream,
  ) => Entered | undefined | Promise<Entered | undefined>;
  readonly observers: readonly CallObserver[];
  readonly longestDeadlineMs: number;
  readonly shutdownSignal: AbortSignal;
  readonly log: FaultLog;
}

/**
 * The lean path: answers unary gRPC calls of some RPCs without Fastify, Connect and what `http2` builds to look like
 * `http`, several times as fast. Handlers, interceptors and observers are the same.
 *
 * It takes what is plain and lets in nobody who might be refused: everything else it passes on before it has read of it,
 * and what turns out to be unusual while it is read is answered by Connect's own handler of the RPC.
 */
export function takeLeanCalls(options: LeanOptions) {
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, pass: () => void, leave: () => void): void => {
    const path = headers[":path"] ?? "";
    const method = options.methods.get(path);
    if (!method || !isPlain(headers)) {
      pass();
      return;
    }
    const takeOn = (entered: Entered | undefined) => {
      if (!entered) pass();
      else if (stream.destroyed) entered.release();
      else begin(options, readingOf(method, entered), { stream, headers, leave }, entered);
    };
    const entered = enter(options, path, stream, headers);
    // Without a turn where nothing must be looked up.
    if (entered instanceof Promise) void entered.then(takeOn);
    else takeOn(entered);
  };
}

/** Of browsers' headers some decide who may call: they are looked at elsewhere. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"];
  return (
    (type === "application/grpc" || type === "application/grpc+proto") &&
    headers[":method"] === "POST" &&
    headers.origin === undefined &&
    headers.cookie === undefined &&
    headers["sec-fetch-site"] === undefined
  );
}

/** Whatever went wrong goes wrong on the other path too, and is told there. */
function enter(
  options: LeanOptions,
  path: string,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): ReturnType<LeanOptions["enter"]> {
  try {
    const entered = options.enter(path, headers, stream);
    return entered instanceof Promise ? entered.catch(() => undefined) : entered;
  } catch {
    return undefined;
  }
}

function readingOf(method: LeanMethod, { values }: Entered): LeanMethod {
  return method.readings.size === 0 ? method : (method.readings.get(clientDialectOf(values) ?? "") ?? method);
}

/** A request that is answered here. */
interface Taken {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Says that it may be answered before all of it has been read. */
  readonly leave: () => void;
}

function begin(
  options: LeanOptions,
  method: LeanMethod,
  { stream, headers, leave }: Taken,
  { requestId, principal, values, release }: Entered,
): void {
  const { observers, shutdownSignal, log } = options;
  const watched = new WatchedCall({ requestId, rpc: method.rpc, unary: true, protocol: "grpc" }, principal, observers);
  const call = new LeanCall({ desc: method.desc, stream, headers, values, requestId, watched, shutdownSignal });
  // A stream that breaks is closed too.
  stream.on("error", ignore);
  const stop = collectBody(stream, (collected) => {
    if (!collected.whole) leave();
    call.received(collected.bytes);
    answer(options, method, call, headers, collected).catch((err: unknown) => {
      log.error({ err, rpc: method.rpc, requestId }, "a call failed by a fault");
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  });
  // A stream closes once: to have the listener taken off again costs more than the call of it.
  stream.on("close", () => {
    stop();
    release();
    call.closed();
  });
}

function ignore(): void {}

function answer(
  { longestDeadlineMs }: LeanOptions,
  method: LeanMethod,
  call: LeanCall,
  headers: IncomingHttpHeaders,
  collected: Collected,
): Promise<void> {
  const request = leanRequest(method, headers, collected, longestDeadlineMs);
  return request ? answerLean(call, method, request) : answerByConnect(call, method, collected);
}
