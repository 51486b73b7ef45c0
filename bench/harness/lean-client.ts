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
import { RawCalls } from "./raw-calls.ts";

/**
 * Typed gRPC calls over one connection, with nothing around them. Latencies are measured with this: of a call between two
 * processes that have nothing else to do, a whole client in Node takes more than half, twice for a submit and a report.
 */
export class LeanClient {
  readonly #calls: RawCalls;

  /** @param socketPath - of a unix socket to connect to, instead of the address of the URL */
  constructor(url: string, socketPath?: string) {
    this.#calls = new RawCalls(url, "grpc", socketPath);
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    return fromBinary(method.output, await this.#calls.call(pathOf(method), bytesOf(method.input, request)));
  }

  /** Tells of every message of a stream; fulfilled when it ends. */
  follow<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    onMessage: (message: MessageShape<O>) => void,
  ): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    return this.#calls.follow(pathOf(method), bytesOf(method.input, request), (part) => {
      rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const end = 5 + rest.readUInt32BE(1);
        const message = fromBinary(method.output, rest.subarray(5, end));
        rest = rest.subarray(end);
        onMessage(message);
      }
    });
  }

  close(): void {
    this.#calls.close();
  }
}

function pathOf({ parent, name }: DescMethodUnary | DescMethodServerStreaming): string {
  return `/${parent.typeName}/${name}`;
}

function bytesOf<I extends DescMessage>(schema: I, request: MessageInitShape<I>): Uint8Array {
  return toBinary(schema, create(schema, request));
}
