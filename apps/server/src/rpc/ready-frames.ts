import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { type ConnectRouter, createContextKey, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { MessageBytes } from "#rpc/encoding/message-bytes.ts";
import { writerOf } from "#rpc/encoding/writer-of.ts";
import { wrapHandlers } from "#rpc/wrap-handlers.ts";

/** A stream's message as it goes over the wire, the same in all protocols that carry protobuf's binary form. */
export type ReadyFrame = Uint8Array;

/** Messages of one call that were encoded before, in the order in which its handler answers places for them. */
export class ReadyFrames {
  readonly #waiting: ReadyFrame[] = [];

  /** The message to answer in the frame's place. */
  put<D extends DescMessage>(schema: D, frame: ReadyFrame): MessageShape<D> {
    this.#waiting.push(frame);
    const place = create(schema);
    place.$unknown = [{ no: placeField, wireType: WireType.Varint, data: Uint8Array.of(1) }];
    return place;
  }

  take(): ReadyFrame {
    const frame = this.#waiting.shift();
    if (!frame) throw new Error("a place was answered without a frame");
    return frame;
  }
}

/** The highest number a field may have: no message has one of it. */
const placeField = 536_870_911;
/** An answer of a place: five bytes before every message, its field's key and its value. */
const place = Uint8Array.of(0, 0, 0, 0, 6, 0xf8, 0xff, 0xff, 0xff, 0x0f, 1);

const readyFramesKey = createContextKey<ReadyFrames | undefined>(undefined, { description: "frames of the call" });

/** Where a handler puts frames; undefined where messages are not sent in binary, or not over a connection. */
export function readyFramesOf(context: HandlerContext): ReadyFrames | undefined {
  return context.values.get(readyFramesKey);
}

const headBytes = 5;

/**
 * Makes frames of messages of a type, from what they would be created of, without a copy but the one that is sent.
 *
 * @throws Error for a type that cannot be written
 */
export function readyFrameOf<D extends DescMessage>(
  schema: D,
): (message: MessageInitShape<D>, expectedBytes: number) => ReadyFrame {
  const write = writerOf(schema);
  return (message, expectedBytes) => {
    const bytes = new MessageBytes(expectedBytes, headBytes);
    write(bytes, message);
    const frame = bytes.written;
    frame.writeUInt8(0, 0);
    frame.writeUInt32BE(frame.length - headBytes, 1);
    return frame;
  };
}

/**
 * Lets handlers of streams answer messages that were encoded once for many callers: Connect would encode them for each.
 * Add it before what looks at the bytes that are sent.
 */
export function sendReadyFrames(router: ConnectRouter): void {
  wrapHandlers(router, (handler) => async (request) => {
    const isBinary = !/json/.test(request.header.get("content-type") ?? "");
    if (handler.method.methodKind !== "server_streaming" || !isBinary) return handler(request);
    const frames = new ReadyFrames();
    const contextValues = (request.contextValues ?? createContextValues()).set(readyFramesKey, frames);
    const answer = await handler({ ...request, contextValues });
    return answer.body ? { ...answer, body: filled(answer.body, frames) } : answer;
  });
}

async function* filled(body: AsyncIterable<Uint8Array>, frames: ReadyFrames): AsyncIterable<Uint8Array> {
  for await (const chunk of body) yield isPlace(chunk) ? frames.take() : chunk;
}

function isPlace(chunk: Uint8Array): boolean {
  return chunk.length === place.length && chunk.every((byte, at) => byte === place[at]);
}
