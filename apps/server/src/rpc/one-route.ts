import type { FastifyInstance, FastifyPluginCallback, RouteHandlerMethod } from "fastify";
import { pathOf } from "#rpc/methods-by-path.ts";

type Strategy = Parameters<FastifyInstance["addConstraintStrategy"]>[0];
type Stored = ReturnType<ReturnType<Strategy["storage"]>["get"]>;

const constraint = "rpc";

/**
 * One route for many paths that are compared as they are: to be told of hundreds, each for every method of HTTP, takes
 * the router a fifth of the server's start, and a table answers as well.
 */
export class OneRoute {
  readonly #handlers = new Map<string, RouteHandlerMethod>();

  /** For the router, before it is told of any route: a path that is ours is no other route's. */
  readonly strategy: Strategy = {
    name: constraint,
    storage: () => {
      const handlers = new Map<unknown, Stored>();
      return { get: (key) => handlers.get(key) ?? null, set: (key, handler) => void handlers.set(key, handler) };
    },
    deriveConstraint: ({ url }) => this.#handlers.has(pathOf(url ?? "")) || undefined,
    mustMatchWhenDerived: true,
  };

  /** The same plugin, whose routes for all methods are this one. */
  of<Options extends object>(plugin: FastifyPluginCallback<Options>): FastifyPluginCallback<Options> {
    return (scope, options, done) => {
      const all = (path: string, _options: unknown, handler: RouteHandlerMethod) => {
        this.#handlers.set(path, handler);
        return scope;
      };
      plugin(Object.create(scope, { all: { value: all } }), options, (error) => {
        const handlers = this.#handlers;
        scope.all("*", { constraints: { [constraint]: true } }, function (request, reply) {
          return handlers.get(pathOf(request.url))!.call(this, request, reply);
        });
        done(error);
      });
    };
  }
}
