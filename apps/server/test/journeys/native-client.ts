import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const protos = fileURLToPath(new URL("../../../../proto/", import.meta.url));

type Unary = (request: object) => Promise<Record<string, unknown>>;

/** A client of a native gRPC library that knows nothing of ours but the `.proto` file. */
export interface NativeClient {
  unary(method: string): Unary;
  /** An answer with its trailing metadata. */
  unaryWithTrailers(
    method: string,
    request: object,
  ): Promise<{ readonly answer: Record<string, unknown>; readonly trailers: Record<string, (string | Buffer)[]> }>;
  /** Sends all messages on one stream. */
  upload(method: string, messages: readonly object[]): Promise<Record<string, unknown>>;
  /** Reads a stream to its end. */
  stream(method: string, request: object): Promise<Record<string, unknown>[]>;
  close(): void;
}

/** @param file - below `proto/`, such as `ame/ame/v1/ame.proto` */
export function nativeClient(url: string, file: string, service: string): NativeClient {
  const definition = loadSync(`${protos}${file}`, {
    keepCase: true,
    oneofs: true,
    enums: String,
    includeDirs: [`${protos}${file.split("/")[0]}`],
  });
  const Client = service
    .split(".")
    // biome-ignore lint/suspicious/noExplicitAny: what the loader makes of a file has no types
    .reduce((scope: any, name) => scope[name], grpc.loadPackageDefinition(definition)) as grpc.ServiceClientConstructor;
  const client = new Client(new URL(url).host, grpc.credentials.createInsecure());
  const call = (method: string) => (client[method] as (...args: unknown[]) => unknown).bind(client);
  const settle = (resolve: (answer: Record<string, unknown>) => void, reject: (error: unknown) => void) => {
    return (error: unknown, answer: Record<string, unknown>) => (error ? reject(error) : resolve(answer));
  };
  return {
    unary: (method) => (request) =>
      new Promise((resolve, reject) => void call(method)(request, settle(resolve, reject))),
    unaryWithTrailers: (method, request) =>
      new Promise((resolve, reject) => {
        let answer: Record<string, unknown>;
        const sent = call(method)(
          request,
          settle((told) => {
            answer = told;
          }, reject),
        ) as grpc.ClientUnaryCall;
        sent.on("status", ({ code, metadata }) => {
          if (code !== grpc.status.OK) return;
          const names = Object.keys(metadata.getMap());
          resolve({ answer, trailers: Object.fromEntries(names.map((name) => [name, metadata.get(name)])) });
        });
      }),
    upload: (method, messages) =>
      new Promise((resolve, reject) => {
        const stream = call(method)(settle(resolve, reject)) as grpc.ClientWritableStream<object>;
        for (const message of messages) stream.write(message);
        stream.end();
      }),
    stream: (method, request) =>
      new Promise((resolve, reject) => {
        const all: Record<string, unknown>[] = [];
        const stream = call(method)(request) as grpc.ClientReadableStream<Record<string, unknown>>;
        stream.on("data", (message: Record<string, unknown>) => all.push(message));
        stream.on("end", () => resolve(all));
        stream.on("error", reject);
      }),
    close: () => client.close(),
  };
}
