import { Code, ConnectError } from "@connectrpc/connect";

const HEAD_BYTES = 5;

/** A message as gRPC sends it: a byte that says that it is plain, its length, and it. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEAD_BYTES);
  return frame;
}

/** Takes messages out of a gRPC stream, in whatever pieces it comes. */
export class FrameReader {
  readonly #mostBytes: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Of the frame that is being read, with its head; until that is there, of the head. */
  #wanted = HEAD_BYTES;

  /** @param mostBytes - of a message */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The messages that are whole now. @throws ConnectError for one that is compressed or too long */
  push(part: Buffer): readonly Uint8Array[] {
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes < this.#wanted) return [];
    let rest: Buffer = this.#parts.length === 1 ? part : Buffer.concat(this.#parts);
    const messages: Uint8Array[] = [];
    while (rest.length >= HEAD_BYTES && rest.length >= this.#frameBytes(rest)) {
      const end = this.#frameBytes(rest);
      messages.push(rest.subarray(HEAD_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#parts = rest.length > 0 ? [rest] : [];
    this.#bytes = rest.length;
    this.#wanted = rest.length < HEAD_BYTES ? HEAD_BYTES : this.#frameBytes(rest);
    return messages;
  }

  #frameBytes(frame: Buffer): number {
    const length = frame.readUInt32BE(1);
    if (frame[0] !== 0) throw new ConnectError("the server sent what was not asked for", Code.Internal);
    if (length <= this.#mostBytes) return HEAD_BYTES + length;
    throw new ConnectError(`the server's message has ${length} bytes`, Code.ResourceExhausted);
  }
}
