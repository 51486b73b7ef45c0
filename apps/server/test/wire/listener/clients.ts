import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { BytesValueSchema } from "@bufbuild/protobuf/wkt";
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import type { EchoServer } from "./echo-server.ts";
import { Echo } from "./echo-service.ts";

type Server = Pick<EchoServer, "port" | "cert">;

/** Every way a Connect client of Node can reach the one port. */
export const transports = {
  "Connect over HTTP/1.1": ({ port }: Server) =>
    createConnectTransport({ httpVersion: "1.1", baseUrl: `http://127.0.0.1:${port}` }),
  "Connect over h2c": ({ port }: Server) =>
    createConnectTransport({ httpVersion: "2", baseUrl: `http://127.0.0.1:${port}` }),
  "Connect over TLS HTTP/1.1": ({ port, cert: ca }: Server) =>
    createConnectTransport({ httpVersion: "1.1", baseUrl: `https://localhost:${port}`, nodeOptions: { ca } }),
  "Connect over TLS h2": ({ port, cert: ca }: Server) =>
    createConnectTransport({ httpVersion: "2", baseUrl: `https://localhost:${port}`, nodeOptions: { ca } }),
  "Connect JSON over h2c": ({ port }: Server) =>
    createConnectTransport({
      httpVersion: "2",
      baseUrl: `http://127.0.0.1:${port}`,
      useBinaryFormat: false,
    }),
  "gRPC over h2c": ({ port }: Server) => createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }),
  "gRPC over TLS": ({ port, cert: ca }: Server) =>
    createGrpcTransport({ baseUrl: `https://localhost:${port}`, nodeOptions: { ca } }),
  "gRPC-web over HTTP/1.1": ({ port }: Server) =>
    createGrpcWebTransport({ httpVersion: "1.1", baseUrl: `http://127.0.0.1:${port}` }),
  "gRPC-web over h2c": ({ port }: Server) =>
    createGrpcWebTransport({ httpVersion: "2", baseUrl: `http://127.0.0.1:${port}` }),
  "gRPC-web over TLS HTTP/1.1": ({ port, cert: ca }: Server) =>
    createGrpcWebTransport({ httpVersion: "1.1", baseUrl: `https://localhost:${port}`, nodeOptions: { ca } }),
} satisfies Record<string, (server: Server) => Transport>;

export type TransportName = keyof typeof transports;

export const transportNames = Object.keys(transports) as TransportName[];

export function echoClient(name: TransportName, server: Server): Client<typeof Echo> {
  return createClient(Echo, transports[name](server));
}

/** A client of the reference implementation for Node, which shares no code with the server. */
export function grpcJsClient({ port, cert }: Server, security: "cleartext" | "TLS"): grpc.Client {
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  return security === "TLS"
    ? new grpc.Client(`localhost:${port}`, grpc.credentials.createSsl(Buffer.from(cert)), unlimited)
    : new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), unlimited);
}

/** Calls `say`; rejects with grpc-js's own error. */
export function grpcJsSay(client: grpc.Client, value: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      "/listener.echo.Echo/Say",
      (bytes: Uint8Array) =>
        Buffer.from(toBinary(BytesValueSchema, { $typeName: "google.protobuf.BytesValue", value: bytes })),
      (bytes) => fromBinary(BytesValueSchema, bytes).value,
      value,
      (error, answer) => (error ? reject(error) : resolve(answer ?? new Uint8Array())),
    );
  });
}
