import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectTo } from "node:net";

/**
 * Calls over one HTTP/2 connection without a client library: bytes out, bytes back. What a server can do is measured with
 * this, as a whole client in Node takes longer for a call than the server.
 */
export class RawCalls {
  readonly #session: ClientHttp2Session;
  readonly #type: string;
  readonly #framed: boolean;

  /**
   * @param protocol - `connect` sends bare messages, `grpc` puts them into frames
   * @param socketPath - where the server listens beside the URL's address: the workers' door
   */
  constructor(url: string, protocol: "connect" | "grpc", socketPath?: string) {
    const options = socketPath === undefined ? {} : { createConnection: () => connectTo({ path: socketPath }) };
    this.#session = connect(url, options);
    this.#session.on("error", () => undefined);
    this.#framed = protocol === "grpc";
    this.#type = protocol === "grpc" ? "application/grpc+proto" : "application/proto";
  }

  /** The answer's message. @param path - such as `/tributary.v1.TaskService/ListTasks` */
  call(path: string, message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const headers = { ":method": "POST", ":path": path, "content-type": this.#type, te: "trailers" };
      const stream = this.#session.request(headers);
      const parts: Buffer[] = [];
      let status = 0;
      let refusal: string | undefined;
      stream.on("response", (answer) => {
        status = Number(answer[":status"]);
      });
      stream.on("trailers", (trailers) => {
        if (trailers["grpc-status"] !== "0") refusal = String(trailers["grpc-message"]);
      });
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("error", reject);
      stream.on("end", () => {
        const whole = Buffer.concat(parts);
        if (status !== 200 || refusal !== undefined) reject(new Error(refusal ?? `status ${status}: ${whole}`));
        else resolve(this.#framed ? whole.subarray(5) : whole);
      });
      stream.end(this.#framed ? frame(message) : message);
    });
  }

  /** Tells of every part of a stream of answers; fulfilled when it ends. */
  follow(path: string, message: Uint8Array, onData: (part: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc+proto", te: "trailers" };
      const stream = this.#session.request(headers);
      stream.on("data", onData);
      stream.on("error", reject);
      stream.on("end", resolve);
      stream.end(frame(message));
    });
  }

  close(): void {
    this.#session.destroy();
  }
}

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
