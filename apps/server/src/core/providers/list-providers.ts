import type { Ports } from "#core/ports/index.ts";
import type { Provider } from "#core/ports/provider.ts";

/** A provider, and for each of its regions why it cannot be used there; unset where it can. */
export interface ListedProvider {
  readonly provider: Provider;
  readonly problems: ReadonlyMap<string, string>;
}

/** All providers, with what is wrong with them at the moment. */
export function listProviders({ providers }: Pick<Ports, "providers">): Promise<readonly ListedProvider[]> {
  return Promise.all(
    providers.map(async (provider) => {
      const looked = provider.regions.map(async ({ name }) => [name, await provider.problem(name)] as const);
      const problems = (await Promise.all(looked)).flatMap(([name, why]) =>
        why === undefined ? [] : [[name, why] as const],
      );
      return { provider, problems: new Map(problems) };
    }),
  );
}
