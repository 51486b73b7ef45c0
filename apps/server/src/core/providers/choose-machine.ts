import { RefusedError } from "#core/errors.ts";
import type { Flavor, Provider, Region } from "#core/ports/provider.ts";

/** Which machine is asked for: by name, or by place in the provider's list, from 1. Empty and 0 mean the first. */
export interface MachineAsk {
  readonly provider: string;
  readonly flavor: string;
  readonly flavorId: number;
  readonly region: string;
  readonly regionId: number;
}

export interface Machine {
  readonly provider: Provider;
  readonly flavor: Flavor;
  readonly region: Region;
}

/** @throws RefusedError `invalid`, with all that there is, for a provider, flavor or region that there is not */
export function chooseMachine(providers: readonly Provider[], ask: MachineAsk): Machine {
  const name = ask.provider === "" ? "local" : ask.provider;
  const provider = providers.find((one) => one.name === name);
  if (!provider) throw unknown("provider", name, providers, "this server");
  const { flavors, regions } = provider;
  return {
    provider,
    flavor: choose("flavor", flavors, ask.flavor, ask.flavorId, provider),
    region: choose("region", regions, ask.region, ask.regionId, provider),
  };
}

function choose<T extends { readonly name: string }>(
  field: "flavor" | "region",
  listed: readonly T[],
  name: string,
  id: number,
  provider: Provider,
): T {
  const byId = id === 0 ? undefined : listed[id - 1];
  if (id !== 0 && !byId) throw unknown(`${field}_id`, String(id), listed, provider.name);
  const byName = name === "" ? undefined : listed.find((one) => one.name === name);
  if (name !== "" && !byName) throw unknown(field, name, listed, provider.name);
  if (byId && byName && byId !== byName) {
    throw new RefusedError("invalid", `${field}: ${name} is not number ${id}, ${byId.name}; give one of them`, field);
  }
  const chosen = byName ?? byId ?? listed[0];
  if (!chosen)
    throw new RefusedError("unavailable", `${provider.name} has no ${field}s; its settings must name one`, field);
  return chosen;
}

function unknown(field: string, asked: string, there: readonly { readonly name: string }[], of: string): RefusedError {
  const names = there.map(({ name }, place) => (field.endsWith("_id") ? `${place + 1} (${name})` : name));
  const has = names.length === 0 ? "none" : names.join(", ");
  return new RefusedError("invalid", `${field}: "${asked.slice(0, 80)}" is not known; ${of} has: ${has}`, field);
}
