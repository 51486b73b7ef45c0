import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** What the CLI prints and looks into when a call fails. */
export class CliError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** What one call was answered with, beside its messages. */
interface Heads {
  readonly response: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
}

/** Sends what is left of a call's stream. */
type Send = (stream: ClientHttp2Stream) => Promise<void>;

interface CallOptions {
  /** Microseconds, in the unit that the CLI's library writes. */
  readonly timeout?: number;
}

/**
 * A connection of the AME command line: HTTP/2 in cleartext without asking first, and these headers in this order, no
 * others. Answers are read as strictly as its library reads them.
 */
export class CliSession {
  readonly #session: ClientHttp2Session;
  readonly #bearer: string | undefined;

  /** @param bearer - what follows `Bearer `; undefined for no header at all, as what is in front of a server may leave it */
  constructor(url: string, bearer: string | undefined = "") {
    // Who is not logged in sends the word and a space, which Node refuses unless it is told not to look.
    this.#session = connect(url, { strictFieldWhitespaceValidation: false } as object);
    this.#session.on("error", () => {});
    this.#bearer = bearer;
  }

  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    return this.#one(method, async (stream) => void stream.end(envelope(encoded(method.input, request))), options);
  }

  /** Sends each message in a frame of its own, and waits when the server does not read. */
  async upload<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    messages: Iterable<MessageInitShape<I>>,
  ): Promise<MessageShape<O>> {
    return this.#one(
      method,
      async (stream) => {
        for (const message of messages) {
          if (stream.destroyed || stream.closed) return;
          if (!stream.write(envelope(encoded(method.input, message)))) await drained(stream);
        }
        stream.end();
      },
      {},
    );
  }

  /** Begins an upload that is not going to end well; answers its stream after these messages have been sent. */
  async beginUpload<I extends DescMessage>(
    method: DescMethod & { input: I },
    messages: Iterable<MessageInitShape<I>>,
  ): Promise<ClientHttp2Stream> {
    const stream = this.#open(method, {});
    stream.on("error", () => {});
    for (const message of messages) {
      if (!stream.write(envelope(encoded(method.input, message)))) await drained(stream);
    }
    return stream;
  }

  async *stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    request: MessageInitShape<I>,
  ): AsyncGenerator<MessageShape<O>> {
    const stream = this.#open(method, {});
    stream.end(envelope(encoded(method.input, request)));
    yield* this.#messages(method.output, stream);
  }

  /** As a process that has ended: nothing is said. */
  cut(): void {
    this.#session.destroy();
  }

  close(): void {
    this.#session.close();
  }

  async #one<I extends DescMessage, O extends DescMessage>(
    method: DescMethod & { input: I; output: O },
    send: Send,
    options: CallOptions,
  ): Promise<MessageShape<O>> {
    const stream = this.#open(method, options);
    stream.on("error", () => {});
    const sent = send(stream);
    const answers = await Array.fromAsync(this.#messages(method.output, stream));
    await sent;
    if (answers.length !== 1) throw new Error(`${method.name} was answered with ${answers.length} messages`);
    return answers[0] as MessageShape<O>;
  }

  #open(method: DescMethod, { timeout }: CallOptions): ClientHttp2Stream {
    const headers: OutgoingHttpHeaders = {
      ":method": "POST",
      ":scheme": "http",
      ":path": `/${method.parent.typeName}/${method.name}`,
      te: "trailers",
      "content-type": "application/grpc",
      ...(this.#bearer === undefined ? {} : { authorization: `Bearer ${this.#bearer}` }),
      ...(timeout === undefined ? {} : { "grpc-timeout": `${timeout}u` }),
    };
    return this.#session.request(headers, { endStream: false });
  }

  async *#messages<O extends DescMessage>(output: O, stream: ClientHttp2Stream): AsyncGenerator<MessageShape<O>> {
    const heads = headsOf(stream);
    let rest = Buffer.alloc(0);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        // It offers no encoding, so nothing may be packed.
        if (rest.readUInt8(0) !== 0) throw new Error("a message is compressed");
        const end = 5 + rest.readUInt32BE(1);
        yield fromBinary(output, rest.subarray(5, end));
        rest = rest.subarray(end);
      }
    }
    if (rest.length > 0) throw new Error("the answer ends within a message");
    refuseBad(await heads);
  }
}

function encoded<I extends DescMessage>(schema: I, message: MessageInitShape<I>): Uint8Array {
  return toBinary(schema, create(schema, message));
}

/** Source: gRPC's length-prefixed message, not compressed. */
function envelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function drained(stream: ClientHttp2Stream): Promise<void> {
  if (stream.destroyed || stream.closed) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]).catch(() => {});
  over.abort();
}

function headsOf(stream: ClientHttp2Stream): Promise<Heads> {
  let response: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  stream.on("response", (headers) => {
    response = headers;
  });
  stream.on("trailers", (headers) => {
    trailers = headers;
  });
  return new Promise((resolve) => stream.once("close", () => resolve({ response, trailers })));
}

/** A status that came in the first headers counts as well: that is how a call is refused before it has begun. */
function refuseBad({ response, trailers }: Heads): void {
  const http = Number(response[":status"]);
  if (http !== 200) throw new CliError(http, `mapped from HTTP status code ${http}`);
  const type = String(response["content-type"]);
  if (!type.startsWith("application/grpc")) throw new Error(`the answer is ${type}`);
  const packed = response["grpc-encoding"];
  if (packed !== undefined && packed !== "identity") throw new Error(`the answer is packed by ${String(packed)}`);
  const { "grpc-status": status, "grpc-message": message } = { ...response, ...trailers };
  if (status === undefined) throw new Error("the call ended without a status");
  if (status !== "0") throw new CliError(Number(status), decodeURIComponent(String(message ?? "")));
}

/** How a stream is taken back. */
export const cancelled = constants.NGHTTP2_CANCEL;
