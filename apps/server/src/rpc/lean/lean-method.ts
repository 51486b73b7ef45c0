import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { createMethodSerializationLookup, type Serialization } from "@connectrpc/connect/protocol";
import type { ServedService } from "#rpc/facade.ts";
import type { Handler } from "#rpc/wrap-handlers.ts";
import { type LeanCall, leanCallOf, type UnaryMethod } from "./lean-call.ts";

/** One RPC as the lean path calls it. */
export interface LeanMethod {
  readonly desc: UnaryMethod;
  /** `package.Service/Method`. */
  readonly rpc: string;
  readonly input: Serialization<Message>;
  readonly output: Serialization<Message>;
  /** The handler with all interceptors around it. */
  readonly answer: (request: UnaryRequest) => Promise<Pick<UnaryResponse, "message">>;
  /** What Connect does for the same RPC: for requests that are not as the lean path takes them. */
  readonly byConnect: Handler;
  /** The RPC as clients of other dialects mean it, by dialect. */
  readonly readings: ReadonlyMap<string, LeanMethod>;
}

export interface LeanMethodsOptions {
  readonly services: readonly ServedService[];
  /** Of the router that serves the same services. */
  readonly handlers: readonly Handler[];
  /** Those of that router, in its order. */
  readonly interceptors: readonly Interceptor[];
  /** Bytes of a message, either way. */
  readonly messageBytes: number;
}

type Implementation = Readonly<
  Record<string, ((request: Message, context: LeanCall) => Promise<Message> | Message) | undefined>
>;

/** The RPCs that façades have marked as lean, by the path that they are called at. */
export function leanMethods(options: LeanMethodsOptions): ReadonlyMap<string, LeanMethod> {
  const [usual, others] = partition(options.services);
  return new Map(
    usual.flatMap((service) =>
      ofService(service, options).map(([path, method]) => [
        path,
        { ...method, readings: readingsOf(path, others, options) },
      ]),
    ),
  );
}

function partition(services: readonly ServedService[]) {
  const { usual = [], others = [] } = Object.groupBy(services, ({ clientDialect }) =>
    clientDialect === undefined ? "usual" : "others",
  );
  return [usual, others] as const;
}

function readingsOf(
  path: string,
  others: readonly ServedService[],
  options: LeanMethodsOptions,
): LeanMethod["readings"] {
  const same = others.filter(({ desc }) => desc.methods.some(({ name }) => `/${desc.typeName}/${name}` === path));
  return new Map(
    same.map((service): [string, LeanMethod] => {
      const method = new Map(ofService(service, options)).get(path);
      // It would be read as the usual one.
      if (!method) throw new Error(`${path} is lean for some clients only`);
      return [service.clientDialect ?? "", method];
    }),
  );
}

function ofService(service: ServedService, options: LeanMethodsOptions): readonly (readonly [string, LeanMethod])[] {
  const byConnect = new Map(options.handlers.map((handler) => [handler.requestPath, handler]));
  return service.desc.methods
    .filter(({ localName }) => service.lean.has(localName))
    .map((desc) => {
      const path = `/${service.desc.typeName}/${desc.name}`;
      const handler = byConnect.get(path);
      if (!isUnary(desc) || !handler) throw new Error(`${path} cannot be lean: it is no unary RPC`);
      return [path, leanMethod(desc, service, handler, options)];
    });
}

function isUnary(desc: DescMethod): desc is DescMethod & UnaryMethod {
  return desc.methodKind === "unary";
}

function leanMethod(
  desc: UnaryMethod,
  service: ServedService,
  byConnect: Handler,
  { interceptors, messageBytes }: LeanMethodsOptions,
): LeanMethod {
  const limits = { readMaxBytes: messageBytes, writeMaxBytes: messageBytes };
  const serialization = createMethodSerializationLookup(desc, undefined, undefined, limits);
  const implementation = (service.implementation as Implementation)[desc.localName]?.bind(service.implementation);
  if (!implementation) throw new Error(`${desc.name} is not implemented`);
  return {
    desc,
    rpc: `${service.desc.typeName}/${desc.name}`,
    input: serialization.getI(true),
    output: serialization.getO(true),
    answer: intercepted(desc, implementation, interceptors),
    byConnect,
    readings: new Map(),
  };
}

/** Composed once: Connect does it for each call. */
function intercepted(
  desc: UnaryMethod,
  implementation: NonNullable<Implementation[string]>,
  interceptors: readonly Interceptor[],
): LeanMethod["answer"] {
  const innermost: ReturnType<Interceptor> = async (request) => {
    if (request.stream) throw new Error("a unary call has become a stream");
    const call = leanCallOf(request.contextValues);
    const message = create(desc.output, await implementation(request.message, call));
    return call.response(message);
  };
  const outermost = interceptors.reduceRight((next, interceptor) => interceptor(next), innermost);
  return async (request) => {
    const response = await outermost(request);
    if (response.stream) throw new Error("a unary call was answered by a stream");
    return response;
  };
}
