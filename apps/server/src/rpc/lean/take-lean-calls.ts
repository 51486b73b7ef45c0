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
import { type LeanProtocol, leanProtocolOf } from "./lean-protocol.ts";

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
 * The lean path: answers unary calls of some RPCs, over gRPC and Connect in HTTP/2, without Fastify, Connect's adapter and
 * what `http2` builds to look like `http`, several times as fast. Handlers, interceptors and observers are the same.
 *
 * It takes what is plain and lets in nobody who might be refused: everything else it passes on before it has read of it,
 * and what turns out to be unusual while it is read is answered by Connect's own handler of the RPC.
 */
export function takeLeanCalls(options: LeanOptions) {
  return (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, pass: () => void, leave: () => void): void => {
    const path = headers[":path"] ?? "";
    const method = options.methods.get(path);
    const protocol = leanProtocolOf(headers["content-type"]);
    if (!method || !protocol || !isPlain(headers)) {
      pass();
      return;
    }
    // A request may break before it is known who calls; and a stream that breaks is closed too.
    stream.on("error", ignore);
    const takeOn = (entered: Entered | undefined) => {
      if (stream.destroyed) entered?.release();
      else if (!entered) pass();
      else begin(options, readingOf(method, protocol, entered), { protocol, stream, headers, leave }, entered);
    };
    const entered = enter(options, path, stream, headers);
    // Without a turn where nothing must be looked up.
    if (entered instanceof Promise) void entered.then(takeOn);
    else takeOn(entered);
  };
}

/** Of browsers' headers some decide who may call: they are looked at elsewhere. */
function isPlain(headers: IncomingHttpHeaders): boolean {
  return (
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

/** Clients of other dialects speak gRPC itself. */
function readingOf(method: LeanMethod, { name }: LeanProtocol, { values }: Entered): LeanMethod {
  if (name !== "grpc") return method;
  return method.readings.size === 0 ? method : (method.readings.get(clientDialectOf(values) ?? "") ?? method);
}

/** A request that is answered here. */
interface Taken {
  readonly protocol: LeanProtocol;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  /** Says that it may be answered before all of it has been read. */
  readonly leave: () => void;
}

function begin(
  options: LeanOptions,
  method: LeanMethod,
  { protocol, stream, headers, leave }: Taken,
  { requestId, principal, values, release }: Entered,
): void {
  const { observers, shutdownSignal, log } = options;
  const { desc, rpc } = method;
  const watched = new WatchedCall({ requestId, rpc, unary: true, protocol: protocol.name }, principal, observers);
  const call = new LeanCall({ protocol, desc, stream, headers, values, requestId, watched, shutdownSignal });
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
  const request = leanRequest(call.protocol, method, headers, collected, longestDeadlineMs);
  return request ? answerLean(call, method, request) : answerByConnect(call, method, collected);
}
