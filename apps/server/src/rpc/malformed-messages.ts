import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { type HandlerAnswer, wrapHandlers } from "#rpc/wrap-handlers.ts";

/** How faults of ours begin: what handlers throw, and answers that cannot be written. */
const ours = /^(internal error|serialize )/;
/** Errors come first and are short; a longer chunk is a message. */
const longestError = 4096;

/**
 * Bytes that are no message are the caller's mistake: `invalid_argument`. Connect's handlers say `internal`, and nothing
 * of ours runs before they have parsed; so their answer is mended on its way out. The same goes for envelopes that are
 * none, and for messages that are compressed without a word about it.
 */
export function mendMalformed(router: ConnectRouter): void {
  wrapHandlers(router, (handler) => async (request) => {
    try {
      return await mend(await handler(request));
    } catch (error) {
      // Messages of gRPC are percent-encoded, which fails for half a character of UTF-16 that a caller's JSON brought in.
      if (error instanceof URIError) return notUnicode(request.header.get("content-type") ?? "");
      throw error;
    }
  });
}

function notUnicode(type: string): HandlerAnswer {
  const error = new ConnectError("the request has text that is not Unicode", Code.InvalidArgument);
  const header = new Headers({ "content-type": type });
  const trailer = setTrailerStatus(new Headers(), error);
  if (!type.startsWith("application/grpc-web")) return { status: 200, header, trailer };
  return { status: 200, header: setTrailerStatus(header, error) };
}

async function mend(answer: HandlerAnswer): Promise<HandlerAnswer> {
  const { body, trailer } = answer;
  if (trailer) mendTrailer(trailer);
  if (!body) return answer;
  if (answer.status !== 500) return { ...answer, body: mendStream(body, trailer) };
  return mendUnary(answer, body);
}

/** gRPC: the status is a trailer, which stands once the body has ended. */
export function mendTrailer(trailer: Headers): void {
  if (trailer.get("grpc-status") !== "13" || ours.test(decoded(trailer.get("grpc-message") ?? ""))) return;
  trailer.set("grpc-status", "3");
  // The details carry the old code; without them the status stands alone.
  trailer.delete("grpc-status-details-bin");
}

/** Connect's unary answer: an HTTP status and a JSON body. */
async function mendUnary(answer: HandlerAnswer, body: AsyncIterable<Uint8Array>): Promise<HandlerAnswer> {
  const chunks = await Array.fromAsync(body);
  const whole = new Uint8Array(Buffer.concat(chunks));
  return isMarked(whole) ? mendBody(answer, whole) : { ...answer, body: single(whole) };
}

async function* single(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function mendBody(answer: HandlerAnswer, body: Uint8Array): HandlerAnswer {
  const text = new TextDecoder().decode(body).replace('"code":"internal"', '"code":"invalid_argument"');
  const bytes = new TextEncoder().encode(text);
  const header = new Headers(answer.header);
  if (header.has("content-length")) header.set("content-length", String(bytes.length));
  return { ...answer, status: 400, header, body: single(bytes) };
}

/** gRPC-web's trailer frame and Connect's end-of-stream frame are the last piece of the body. */
async function* mendStream(body: AsyncIterable<Uint8Array>, trailer: Headers | undefined): AsyncIterable<Uint8Array> {
  for await (const chunk of body) yield endsStream(chunk) && isMarked(chunk) ? mendFrame(chunk) : chunk;
  if (trailer) mendTrailer(trailer);
}

function endsStream([flags = 0]: Uint8Array): boolean {
  return (flags & 0b1000_0010) !== 0;
}

function mendFrame(frame: Uint8Array): Uint8Array {
  const flags = frame[0] ?? 0;
  const text = new TextDecoder().decode(frame.subarray(5));
  if (frame.length < 5) return frame;
  const mended = text
    .replace(/grpc-status: ?13/, "grpc-status: 3")
    .replace(/grpc-status-details-bin: [^\r\n]*\r\n/, "")
    .replace('"code":"internal"', '"code":"invalid_argument"');
  const bytes = new TextEncoder().encode(mended);
  const whole = new Uint8Array(5 + bytes.length);
  whole[0] = flags;
  new DataView(whole.buffer).setUint32(1, bytes.length);
  whole.set(bytes, 5);
  return whole;
}

/** Whether bytes are an `internal` error that is none of ours. */
function isMarked(bytes: Uint8Array): boolean {
  if (bytes.length > longestError) return false;
  const text = new TextDecoder().decode(bytes);
  const [, json] = /"code":"internal","message":"([^"]*)/.exec(text) ?? [];
  const [, trailer] = /grpc-status: ?13\b/.test(text) ? (/grpc-message: ?([^\r\n]*)/.exec(text) ?? []) : [];
  const message = json ?? (trailer === undefined ? undefined : decoded(trailer));
  return message !== undefined && !ours.test(message);
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}
