import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { findTrailerError, validateResponse } from "@connectrpc/connect/protocol-grpc";
import { FrameReader, framed } from "./frames.ts";
import type { OneSession } from "./one-session.ts";

interface LeanCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the whole call may take. */
  readonly timeoutMs?: number | undefined;
}

type AnswerHeader = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** How a call ended: well when there is no failure. */
type Ended = (failure?: ConnectError) => void;

/**
 * gRPC calls over one session with next to nothing around them: a worker makes several for a task that takes a
 * millisecond, and a whole client takes a quarter of one for each. Plain messages only, either way; errors are Connect's.
 */
export class LeanCalls {
  readonly #session: Pick<OneSession, "open">;
  readonly #header: OutgoingHttpHeaders;
  readonly #mostBytes: number;

  /**
   * @param header - sent with every call
   * @param mostBytes - of a message, either way
   */
  constructor(session: Pick<OneSession, "open">, header: OutgoingHttpHeaders, mostBytes: number) {
    this.#session = session;
    this.#header = { ":method": "POST", "content-type": "application/grpc+proto", te: "trailers", ...header };
    this.#mostBytes = mostBytes;
  }

  /** @throws ConnectError what the server refuses with, or `unavailable` for a call that was cut off */
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: LeanCallOptions = {},
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      let answer: MessageShape<O> | undefined;
      const ended = (failure?: ConnectError) => {
        if (failure) reject(failure);
        else if (answer) resolve(answer);
        else reject(new ConnectError("the server answered nothing", Code.Internal));
      };
      const take = (message: Uint8Array) => {
        answer = fromBinary(method.output, message);
      };
      this.#call(method, request, options, take, ended);
    });
  }

  /** The messages of a stream, as they come. @throws as {@link unary} */
  async *follow<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options: LeanCallOptions = {},
  ): AsyncGenerator<MessageShape<O>> {
    const come: MessageShape<O>[] = [];
    let over: { readonly failure: ConnectError | undefined } | undefined;
    let wake = (): void => undefined;
    const ended = (failure?: ConnectError) => {
      over = { failure };
      wake();
    };
    const take = (message: Uint8Array) => {
      come.push(fromBinary(method.output, message));
      wake();
    };
    const stop = this.#call(method, request, options, take, ended);
    try {
      for (;;) {
        const next = come.shift();
        if (next) yield next;
        else if (over?.failure) throw over.failure;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
    }
  }

  /** Makes a call; tells its end once. Returns what gives it up. */
  #call<I extends DescMessage>(
    method: DescMethodUnary<I, DescMessage> | DescMethodServerStreaming<I, DescMessage>,
    request: MessageInitShape<I>,
    { signal, timeoutMs }: LeanCallOptions,
    take: (message: Uint8Array) => void,
    tell: Ended,
  ): () => void {
    let isOver = false;
    const finish = (failure?: ConnectError) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      tell(failure);
    };
    const giveUp = (failure: ConnectError) => {
      finish(failure);
      if (stream && !stream.closed) stream.close(constants.NGHTTP2_CANCEL);
    };
    const abort = () => giveUp(ConnectError.from(signal?.reason, Code.Canceled));
    let timer: NodeJS.Timeout | undefined;
    let stream: ClientHttp2Stream | undefined;
    try {
      signal?.throwIfAborted();
      const message = this.#checked(toBinary(method.input, create(method.input, request)));
      const timeout = timeoutMs === undefined ? {} : { "grpc-timeout": `${Math.ceil(timeoutMs)}m` };
      stream = this.#session.open({ ...this.#header, ":path": pathOf(method), ...timeout });
      this.#listen(stream, take, finish, giveUp);
      stream.end(framed(message));
      signal?.addEventListener("abort", abort);
      if (timeoutMs !== undefined) timer = setTimeout(() => giveUp(tooLate()), timeoutMs);
    } catch (error) {
      giveUp(ConnectError.from(error, signal?.aborted ? Code.Canceled : Code.Unavailable));
    }
    return () => giveUp(new ConnectError("given up", Code.Canceled));
  }

  #listen(
    stream: ClientHttp2Stream,
    take: (message: Uint8Array) => void,
    finish: Ended,
    giveUp: (failure: ConnectError) => void,
  ): void {
    const frames = new FrameReader(this.#mostBytes);
    let header: AnswerHeader | undefined;
    let trailer: IncomingHttpHeaders | undefined;
    let broken: Error | undefined;
    stream.on("response", (headers) => {
      header = headers;
    });
    stream.on("trailers", (headers) => {
      trailer = headers;
    });
    stream.on("data", (part: Buffer) => {
      // What is no gRPC, such as a page of a proxy, is told by its status.
      if (header?.[":status"] !== 200) return;
      try {
        for (const message of frames.push(part)) take(message);
      } catch (error) {
        giveUp(ConnectError.from(error, Code.Internal));
      }
    });
    stream.on("error", (error) => {
      broken = error;
    });
    stream.on("end", () => {
      if (trailer ?? header?.["grpc-status"]) finish(failureOf(header, trailer));
    });
    // Not every way in which a stream breaks has an error.
    stream.on("close", () => finish(failureOf(header, trailer, broken)));
  }

  #checked(message: Uint8Array): Uint8Array {
    if (message.length <= this.#mostBytes) return message;
    const sizes = `${message.length} bytes, and ${this.#mostBytes} may be sent`;
    throw new ConnectError(`the message has ${sizes}`, Code.ResourceExhausted);
  }
}

function pathOf({ parent, name }: DescMethodUnary | DescMethodServerStreaming): string {
  return `/${parent.typeName}/${name}`;
}

function tooLate(): ConnectError {
  return new ConnectError("the server did not answer in time", Code.DeadlineExceeded);
}

/** Undefined for a call that was answered well. */
function failureOf(
  header: AnswerHeader | undefined,
  trailer: IncomingHttpHeaders | undefined,
  broken?: Error,
): ConnectError | undefined {
  if (trailer?.["grpc-status"] === "0" && header?.[":status"] === 200) return undefined;
  // A call that waited for the connection is told of its failure by way of its own.
  const cause = broken?.cause instanceof Error ? broken.cause : broken;
  const cutOff = new ConnectError(
    cause?.message || "the call was cut off",
    Code.Unavailable,
    undefined,
    undefined,
    cause,
  );
  if (!header) return cutOff;
  try {
    const { foundStatus, headerError } = validateResponse(header[":status"] ?? 0, toHeaders(header));
    if (headerError) return headerError;
    return foundStatus ? undefined : trailer ? (findTrailerError(toHeaders(trailer)) ?? cutOff) : cutOff;
  } catch (error) {
    return ConnectError.from(error);
  }
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(":") && value !== undefined) all.set(name, [value].flat().join(", "));
  }
  return all;
}
