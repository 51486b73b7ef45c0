import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, ContextValues } from "@connectrpc/connect";
import { principalKey } from "#rpc/auth.ts";
import type { ServedService } from "#rpc/facade.ts";
import type { Handler, HandlerRequest } from "#rpc/wrap-handlers.ts";

/**
 * The same service under another name: for two generations of an API whose services have one name on the wire, and only
 * one can have it among descriptors.
 *
 * @param typeName - what clients call it, such as `taskqueue.TaskQueue`
 */
export function servedAs<S extends DescService>(desc: S, typeName: string): S {
  const methods: DescMethod[] = [];
  const method: Record<string, DescMethod> = {};
  const renamed: S = { ...desc, typeName, methods, method };
  for (const each of desc.methods) {
    const own = { ...each, parent: renamed };
    methods.push(own);
    method[each.localName] = own;
  }
  return renamed;
}

/** For which generation of clients a call is to be read; undefined where its token names none. */
export function clientDialectOf(values: ContextValues | undefined): string | undefined {
  return values?.get(principalKey)?.clientDialect;
}

/** gRPC itself, as programs speak it: neither gRPC-web nor Connect. */
const nativeGrpc = /^application\/grpc($|[+;])/;

/**
 * Mounts services, of which several may have one name: of those that are read otherwise for clients of a dialect, the
 * ones of calls over native gRPC with a token for that dialect are theirs, all others the usual service's. It is decided
 * before a byte of a call is read. RPCs that the usual service does not have are the other's, whoever calls.
 */
export function mountServices(router: ConnectRouter, services: readonly ServedService[]): void {
  for (const { desc, implementation } of services) router.service(desc, implementation);
  const dialects = new Map(services.map(({ desc, clientDialect }) => [desc, clientDialect]));
  const byPath = Map.groupBy(router.handlers, ({ requestPath }) => requestPath);
  const chosen = [...byPath.values()].map((handlers) =>
    handlers.length === 1 ? handlers[0]! : chooseByDialect(handlers, dialects),
  );
  router.handlers.splice(0, router.handlers.length, ...chosen);
}

function chooseByDialect(
  handlers: readonly Handler[],
  dialects: ReadonlyMap<DescService, string | undefined>,
): Handler {
  const usual = handlers.find(({ service }) => dialects.get(service) === undefined);
  if (!usual) throw new Error(`${handlers[0]?.requestPath} is nobody's unless a token says so`);
  const readings = new Map(handlers.map((handler) => [dialects.get(handler.service), handler]));
  return Object.assign(
    (request: HandlerRequest) => {
      const isNative = nativeGrpc.test(request.header.get("content-type") ?? "");
      const reading = isNative ? readings.get(clientDialectOf(request.contextValues)) : undefined;
      return (reading ?? usual)(request);
    },
    {
      protocolNames: usual.protocolNames,
      service: usual.service,
      method: usual.method,
      requestPath: usual.requestPath,
      allowedMethods: usual.allowedMethods,
      supportedContentType: usual.supportedContentType,
    },
  );
}
