import {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from "node:http2";
import type { DescMessage, DescMethodUnary, Message } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  type HandlerContext,
  type UnaryRequest,
  type UnaryResponse,
} from "@connectrpc/connect";
import { createDeadlineSignal, createLinkedAbortController } from "@connectrpc/connect/protocol";
import { requestIdHeader } from "#rpc/calls/request-id.ts";
import type { WatchedCall } from "#rpc/calls/watched-call.ts";
import type { LeanAnswer, LeanProtocol, Told } from "./lean-protocol.ts";

const callKey = createContextKey<LeanCall | undefined>(undefined, { description: "call of the lean path" });

export function leanCallOf(values: ContextValues): LeanCall {
  const call = values.get(callKey);
  if (!call) throw new Error("an interceptor has lost the call's context values");
  return call;
}

export type UnaryMethod = DescMethodUnary<DescMessage, DescMessage>;

/** What a call brings along, and where its answer goes. */
export interface LeanCallInit {
  readonly protocol: LeanProtocol;
  readonly desc: UnaryMethod;
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly values: ContextValues;
  readonly requestId: string;
  readonly watched: WatchedCall;
  readonly shutdownSignal: AbortSignal;
}

/**
 * One call of the lean path, and what its handler sees of it.
 *
 * Headers and signals are made when somebody looks at them: making them costs more than most calls do otherwise.
 */
export class LeanCall implements HandlerContext {
  readonly stream: ServerHttp2Stream;
  readonly values: ContextValues;
  readonly protocol: LeanProtocol;
  readonly protocolName: LeanProtocol["name"];
  readonly requestMethod = "POST";
  readonly #init: LeanCallInit;
  readonly #begun = Date.now();
  #deadlineMs: number | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #ending: { readonly abort: (reason: unknown) => void; readonly signal: AbortSignal } | undefined;
  #gone = false;

  constructor(init: LeanCallInit) {
    this.#init = init;
    this.stream = init.stream;
    this.protocol = init.protocol;
    this.protocolName = init.protocol.name;
    this.values = init.values.set(callKey, this);
  }

  get method(): UnaryMethod {
    return this.#init.desc;
  }

  get service(): UnaryMethod["parent"] {
    return this.#init.desc.parent;
  }

  get url(): string {
    const { headers } = this.#init;
    return `${headers[":scheme"]}://${headers[":authority"] ?? headers.host}${headers[":path"]}`;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= toHeaders(this.#init.headers);
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers({ "content-type": this.protocol.answerType });
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers(this.protocol.trailer);
    return this.#responseTrailer;
  }

  /** Aborted when the deadline has passed, the caller has gone, or the server ends. */
  get signal(): AbortSignal {
    this.#ending ??= this.#watchForEnd();
    return this.#ending.signal;
  }

  readonly timeoutMs = (): number | undefined =>
    this.#deadlineMs === undefined ? undefined : this.#begun + this.#deadlineMs - Date.now();

  /** @param milliseconds - from when the call came */
  setDeadline(milliseconds: number | undefined): void {
    this.#deadlineMs = milliseconds;
  }

  /** What interceptors are given. */
  request(message: Message): UnaryRequest {
    return new LeanRequestOf(this, message);
  }

  /** What interceptors see of the answer. */
  response(message: Message): UnaryResponse {
    return new LeanResponseOf(this, message);
  }

  /** The answer's header and trailers as they stand; undefined where nobody has looked at them. */
  get told(): Told {
    return { header: this.#responseHeader, trailer: this.#responseTrailer };
  }

  /** Bytes of the request have come. */
  received(bytes: number): void {
    this.#init.watched.received(bytes);
  }

  /**
   * Answers, once.
   *
   * @param code - for those who watch: `ok`, or the code's name
   */
  send(code: string, { header, body, trailer }: LeanAnswer): void {
    const { stream } = this;
    if (stream.destroyed || stream.closed) return;
    if (trailer) stream.on("wantTrailers", () => stream.sendTrailers(trailer));
    stream.respond(rawHead(this.#init.requestId, header), trailer ? withTrailers : undefined);
    stream.end(body);
    if (body) this.#init.watched.sent(body.length);
    this.#init.watched.end(code);
  }

  /** The stream is closed: it was answered, or the caller has gone. */
  closed(): void {
    this.#gone = true;
    this.#init.watched.end("canceled");
    this.#ending?.abort(hasGone());
  }

  #watchForEnd() {
    const deadline = createDeadlineSignal(this.timeoutMs());
    const linked = createLinkedAbortController(deadline.signal, this.#init.shutdownSignal);
    const abort = (reason: unknown) => {
      deadline.cleanup();
      linked.abort(reason);
    };
    if (this.#gone) abort(hasGone());
    return { signal: linked.signal, abort };
  }
}

/** Fields of one call for its interceptors; whatever is made when it is looked at is made by its call. */
class LeanRequestOf implements UnaryRequest {
  readonly stream = false;
  readonly requestMethod = "POST";
  readonly message: Message;
  readonly #call: LeanCall;

  constructor(call: LeanCall, message: Message) {
    this.#call = call;
    this.message = message;
  }

  get service(): UnaryMethod["parent"] {
    return this.#call.service;
  }

  get method(): UnaryMethod {
    return this.#call.method;
  }

  get contextValues(): ContextValues {
    return this.#call.values;
  }

  get url(): string {
    return this.#call.url;
  }

  get header(): Headers {
    return this.#call.requestHeader;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

class LeanResponseOf implements UnaryResponse {
  readonly stream = false;
  readonly message: Message;
  readonly #call: LeanCall;

  constructor(call: LeanCall, message: Message) {
    this.#call = call;
    this.message = message;
  }

  get service(): UnaryMethod["parent"] {
    return this.#call.service;
  }

  get method(): UnaryMethod {
    return this.#call.method;
  }

  get header(): Headers {
    return this.#call.responseHeader;
  }

  get trailer(): Headers {
    return this.#call.responseTrailer;
  }
}

const withTrailers = { waitForTrailers: true };
const unindexed = { [sensitiveHeaders]: [requestIdHeader] };

/**
 * As `http2` writes it. An id comes once: it is kept out of HPACK's table, in which it would push out what comes again, and
 * which both sides renew for each entry.
 */
function rawHead(requestId: string, header: OutgoingHttpHeaders): readonly string[] {
  const head = [":status", String(header[":status"] ?? 200), requestIdHeader, requestId];
  for (const [name, value] of Object.entries(header)) {
    if (name !== ":status" && value !== undefined) head.push(name, String(value));
  }
  return Object.assign(head, unindexed);
}

function hasGone(): ConnectError {
  return new ConnectError("the caller has gone", Code.Canceled);
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(":")) continue;
    for (const one of [value].flat()) all.append(name, one);
  }
  return all;
}
