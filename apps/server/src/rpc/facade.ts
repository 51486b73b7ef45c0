import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { Principal } from "#core/principal.ts";

/** A service and everything it answers. */
export interface ServedService {
  readonly desc: DescService;
  /** By the methods' local names; {@link serve} has checked it against `desc`. */
  readonly implementation: object;
  /** Local names of unary RPCs that are called so often that they take the lean path, where they can. */
  readonly lean: ReadonlySet<string>;
  /** Clients of this dialect alone are answered by it, where the usual service of its name has the RPC too; unset: the usual one. */
  readonly clientDialect?: string;
}

/** The unary RPCs of a service, by their local names. */
type UnaryName<S extends DescService> = {
  readonly [M in keyof S["method"]]: S["method"][M] extends { readonly methodKind: "unary" } ? M : never;
}[keyof S["method"]];

/** Plain HTTP that a dialect needs beside its RPCs. Who may call it is in the server's table of access, as `GET /path`. */
export interface HttpRoute {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** A path in Fastify's notation. */
  readonly path: string;
  /**
   * Answers a request; what it throws is told like what a call of an RPC throws. The request's signal aborts when the
   * caller goes.
   *
   * @param parameters - those of the path, decoded
   */
  handle(request: Request, parameters: Readonly<Record<string, string>>, caller: RouteCaller): Promise<Response>;
}

/** Who makes a request; its role has been checked. */
export interface RouteCaller {
  readonly principal: Principal | undefined;
  /** Where the request came from; empty for the workers' socket. */
  readonly address: string;
  readonly requestId: string;
}

/** One dialect: all its services, and its plain HTTP. */
export interface Facade {
  readonly services: readonly ServedService[];
  readonly routes: readonly HttpRoute[];
}

interface ServeOptions<S extends DescService> {
  /** RPCs that are called all the time: their calls over HTTP/2 take the lean path. */
  readonly lean?: readonly (UnaryName<S> & string)[];
  /** As in {@link ServedService}. */
  readonly clientDialect?: string;
}

/** Ties an implementation to its service; the compiler sees to it that no RPC is left out. */
export function serve<S extends DescService>(
  desc: S,
  implementation: ServiceImpl<S>,
  { lean = [], clientDialect }: ServeOptions<S> = {},
): ServedService {
  return { desc, implementation, lean: new Set(lean), ...(clientDialect === undefined ? {} : { clientDialect }) };
}

const reasons = new WeakMap<object, string>();

/** RPCs that are not served (yet): they answer `unimplemented` with the reason. */
export function notServed<N extends string>(reason: string, ...names: readonly N[]): Record<N, () => never> {
  return Object.fromEntries(
    names.map((name) => {
      const refuse = (): never => {
        throw new ConnectError(
          `${name[0]?.toUpperCase()}${name.slice(1)} is not served: ${reason}`,
          Code.Unimplemented,
        );
      };
      reasons.set(refuse, reason);
      return [name, refuse];
    }),
  ) as Record<N, () => never>;
}

/** Every RPC of a service as not served. */
export function nothingServed<S extends DescService>(desc: S, reason: string): ServedService {
  const names = desc.methods.map((method: DescMethod) => method.localName);
  const implementation: object = notServed(reason, ...names);
  return { desc, implementation, lean: new Set() };
}

/** Why an implementation does not serve its RPC; undefined when it does. */
export function whyNotServed(implementation: unknown): string | undefined {
  return typeof implementation === "function" ? reasons.get(implementation) : undefined;
}
