import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type CallOptions, Client, credentials, Metadata } from "@grpc/grpc-js";
import { TaskQueue } from "@tributary/proto/scitq/taskqueue_pb";

type Methods = typeof TaskQueue.method;
type Named<K extends string> = {
  [M in keyof Methods]: Methods[M] extends { readonly methodKind: K } ? M : never;
}[keyof Methods];
type Input<M extends keyof Methods> = MessageInitShape<Methods[M]["input"]>;
type Output<M extends keyof Methods> = MessageShape<Methods[M]["output"]>;

export interface ScitqClientOptions {
  readonly port: number;
  /** Sent with unary calls, and never with streams. */
  readonly token?: string;
  /** Headers of every call, as a proxy adds them. */
  readonly headers?: Readonly<Record<string, string>>;
}

const patience = 20_000;

/**
 * Calls as scitq's newest worker and command line make them: TLS that is not verified, one connection, and the token with
 * unary calls alone.
 */
export class ScitqClient {
  readonly #client: Client;
  readonly #options: ScitqClientOptions;

  constructor(options: ScitqClientOptions) {
    this.#options = options;
    const unverified = credentials.createSsl(null, null, null, {
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    // Left to share, two clients of one process would have one connection.
    this.#client = new Client(`localhost:${options.port}`, unverified, { "grpc.use_local_subchannel_pool": 1 });
  }

  unary<M extends Named<"unary">>(name: M, request: Input<M>): Promise<Output<M>> {
    const { path, encode, decode } = codec(name);
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, answer: Output<M> | undefined) =>
        error ? reject(error) : resolve(answer as Output<M>);
      this.#client.makeUnaryRequest(path, encode, decode, request, this.#metadata("unary"), until(), settle);
    });
  }

  /** All messages of a stream, when it has ended. */
  async *stream<M extends Named<"server_streaming">>(name: M, request: Input<M>): AsyncIterable<Output<M>> {
    const { path, encode, decode } = codec(name);
    const call = this.#client.makeServerStreamRequest(path, encode, decode, request, this.#metadata("stream"), until());
    for await (const message of call) yield message as Output<M>;
  }

  /** One stream of log messages, and the answer to it. */
  sendLogs(): { send(message: Input<"sendTaskLogs">): void; cancel(): void; end(): Promise<Output<"sendTaskLogs">> } {
    const { path, encode, decode } = codec("sendTaskLogs");
    const answered = Promise.withResolvers<Output<"sendTaskLogs">>();
    answered.promise.catch(() => {});
    const settle = (error: unknown, answer: Output<"sendTaskLogs"> | undefined) =>
      error ? answered.reject(error) : answered.resolve(answer as Output<"sendTaskLogs">);
    const call = this.#client.makeClientStreamRequest(path, encode, decode, this.#metadata("stream"), until(), settle);
    return {
      send: (message) => void call.write(message),
      cancel: () => call.cancel(),
      end() {
        call.end();
        return answered.promise;
      },
    };
  }

  close(): void {
    this.#client.close();
  }

  #metadata(kind: "unary" | "stream"): Metadata {
    const metadata = new Metadata();
    const { token, headers = {} } = this.#options;
    if (token !== undefined && kind === "unary") metadata.set("authorization", `Bearer ${token}`);
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return metadata;
  }
}

function until(): CallOptions {
  return { deadline: Date.now() + patience };
}

function codec<M extends keyof Methods>(name: M) {
  const method: DescMethod = TaskQueue.method[name];
  const { input, output }: { input: DescMessage; output: DescMessage } = method;
  return {
    path: `/taskqueue.TaskQueue/${method.name}`,
    encode: (request: Input<M>) =>
      Buffer.from(toBinary(input, create(input, request as MessageInitShape<DescMessage>))),
    decode: (bytes: Buffer) => fromBinary(output, bytes) as Output<M>,
  };
}
