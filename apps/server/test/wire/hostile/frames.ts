import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** HTTP/2 spoken by hand, to say what no library would. */

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  continuation: 9,
} as const;

export function frame(
  type: keyof typeof frameTypes,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(frameTypes[type], 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header of HPACK that is in no table and not to be put into one. Names and values shorter than 127 bytes. */
function literal(name: string, value: string): Buffer {
  const text = (part: string) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

export function requestHeaders(path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const headers = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
    ...more,
  };
  return Buffer.concat(Object.entries(headers).map(([name, value]) => literal(name, value)));
}

export const flags = { endStream: 1, endHeaders: 4 } as const;

/** A frame that came back. */
export interface Answer {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** A connection past the preface. What comes back is kept frame by frame. */
export class RawSession {
  readonly socket: Socket;
  readonly answers: Answer[] = [];
  readonly closed: Promise<void>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.closed = new Promise((resolve) => {
      this.socket.on("error", () => {}).once("close", () => resolve());
    });
    this.socket.write(Buffer.concat([preface, frame("settings", 0, 0)]));
  }

  /** Waits when the other side does not read. Resolves false when the connection has gone. */
  async write(bytes: Buffer): Promise<boolean> {
    if (this.socket.destroyed || !this.socket.writable) return false;
    if (!this.socket.write(bytes)) {
      const drained = new Promise<void>((resolve) => this.socket.once("drain", resolve));
      await Promise.race([drained, this.closed]);
    }
    return !this.socket.destroyed;
  }

  /** The error code and text of the goodbye; undefined when none came. */
  get goaway(): { readonly code: number; readonly text: string } | undefined {
    const answer = this.answers.find(({ type }) => type === 7);
    return answer && { code: answer.payload.readUInt32BE(4), text: answer.payload.subarray(8).toString() };
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (this.#rest.length < 9) return;
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < 9 + length) return;
      this.answers.push({
        type: this.#rest.readUInt8(3),
        flags: this.#rest.readUInt8(4),
        stream: this.#rest.readUInt32BE(5) & 0x7fffffff,
        payload: Buffer.from(this.#rest.subarray(9, 9 + length)),
      });
      this.#rest = this.#rest.subarray(9 + length);
    }
  }
}

/** Lets the loop turn, so that many connections get on alike. */
export const breathe = () => pause(0);
