import type { DescMethod } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { principalKey } from "#rpc/auth.ts";
import type { Facade, ServedService } from "#rpc/facade.ts";

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
    ...facade,
    services: facade.services.map((service, index) =>
      chosen(service, (projects) => facadesFor(projects)[place]?.services[index] ?? service),
    ),
  }));
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
    desc,
    implementation: Object.fromEntries(desc.methods.map((method) => [method.localName, handler(method)])),
  };
}
