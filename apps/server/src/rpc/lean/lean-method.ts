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
  const byConnect = new Map(options.handlers.map((handler) => [handler.requestPath, handler]));
  const methods = options.services.flatMap((service) =>
    service.desc.methods
      .filter(({ localName }) => service.lean.has(localName))
      .map((desc): [string, LeanMethod] => {
        const path = `/${service.desc.typeName}/${desc.name}`;
        const handler = byConnect.get(path);
        if (!isUnary(desc) || !handler) throw new Error(`${path} cannot be lean: it is no unary RPC`);
        return [path, leanMethod(desc, service, handler, options)];
      }),
  );
  return new Map(methods);
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
