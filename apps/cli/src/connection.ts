import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";

/** A server, and clients for its services. */
export interface Connection {
  readonly server: string;
  readonly token: string | undefined;
  client<S extends DescService>(service: S): Client<S>;
}

/** Opens nothing yet: the first call does. */
export function connectTo(server: string, token: string | undefined): Connection {
  const withToken: Interceptor = (next) => (request) => {
    if (token !== undefined) request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport: Transport = createGrpcTransport({
    baseUrl: server,
    interceptors: [withToken],
    idleConnectionTimeoutMs: 500,
  });
  return { server, token, client: (service) => createClient(service, transport) };
}
