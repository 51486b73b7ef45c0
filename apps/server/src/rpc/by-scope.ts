import type { DescMethod } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { principalKey } from "#rpc/auth.ts";
import type { Facade, HttpRoute, ServedService } from "#rpc/facade.ts";

/** Sets of projects for which façades are kept ready. */
const mostKept = 200;

/**
 * The façades as each caller may see them: one set for those who see everything, and one for every list of projects that
 * callers are limited to.
 *
 * @param everything - for callers without limit
 * @param limited - makes the same façades over what exists for callers who see these projects only
 */
export function byScope(
  everything: readonly Facade[],
  limited: (projects: readonly string[]) => readonly Facade[],
): readonly Facade[] {
  const kept = new Map<string, readonly Facade[]>();
  const facadesFor = (projects: readonly string[]) => {
    const key = JSON.stringify(projects);
    const known = kept.get(key) ?? limited(projects);
    kept.delete(key);
    kept.set(key, known);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return known;
  };
  return everything.map((facade, place) => ({
    services: facade.services.map((service, index) =>
      chosen(service, (projects) => sameIn(facadesFor(projects)[place]?.services, index)),
    ),
    routes: facade.routes.map((route, index) =>
      chosenRoute(route, (projects) => sameIn(facadesFor(projects)[place]?.routes, index)),
    ),
  }));
}

/** What was made in the same place over less; never what was made over everything. */
function sameIn<T>(made: readonly T[] | undefined, index: number): T {
  const same = made?.[index];
  if (same === undefined) throw new Error("façades for some projects differ from those for all");
  return same;
}

/** A route whose every request goes to the handler for its caller. */
function chosenRoute(route: HttpRoute, forProjects: (projects: readonly string[]) => HttpRoute): HttpRoute {
  return {
    ...route,
    async handle(request, parameters, caller) {
      const projects = caller.principal?.projects;
      return (projects === undefined ? route : forProjects(projects)).handle(request, parameters, caller);
    },
  };
}

type Handlers = Readonly<Record<string, ((request: unknown, context: HandlerContext) => unknown) | undefined>>;

/** A service whose every call goes to the implementation for its caller. */
function chosen(service: ServedService, forProjects: (projects: readonly string[]) => ServedService): ServedService {
  const handler = ({ localName }: DescMethod) => {
    return (request: unknown, context: HandlerContext) => {
      const projects = context.values.get(principalKey)?.projects;
      const { implementation } = projects === undefined ? service : forProjects(projects);
      return (implementation as Handlers)[localName]?.(request, context);
    };
  };
  const { desc } = service;
  return {
    ...service,
    implementation: Object.fromEntries(desc.methods.map((method) => [method.localName, handler(method)])),
  };
}
