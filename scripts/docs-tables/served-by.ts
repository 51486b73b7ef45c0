import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { whyNotServed } from "../../apps/server/src/rpc/facade.ts";
import type { Rpc } from "./list-rpcs.ts";

/** Who answers an RPC: files from the root, a reason why nobody does, or neither. */
export interface Served {
  /** At which it is called. */
  readonly path: string;
  readonly files: readonly string[];
  readonly whyNot?: string;
}

interface Facade {
  readonly services: readonly {
    readonly desc: {
      /** What clients call it, which another generation of the same API may be called too. */
      readonly typeName: string;
      readonly name: string;
      readonly file: { readonly proto: { readonly package: string } };
    };
    readonly implementation: object;
  }[];
}

/** A service's handlers by their local names, and the name that clients call it by. */
interface Handlers {
  readonly typeName: string;
  readonly handlers: Record<string, unknown>;
}

/** Services where the server is the client, which no façade can serve. */
const called: Readonly<Record<string, string>> = {
  "armonik.api.grpc.v1.worker.Worker": "the server calls it, on the workers it starts",
};

/** Stands for whatever a façade asks for while it is put together; no handler is ever called. */
const anything: unknown = new Proxy(() => undefined, { get: () => anything, apply: () => anything });

/**
 * Finds out how one dialect's RPCs are served. Whether one is, says the façade itself, which is put together for this;
 * the file is the one in the façade's folder that defines a handler of that name, and speaks of the service where
 * several services have RPCs of the same name.
 */
export async function servedBy(root: string, dialect: string): Promise<(rpc: Rpc) => Served> {
  const folder = `apps/server/src/facades/${dialect}`;
  const services = handlersOf(await loadFacade(root, folder, dialect));
  const files = globSync(`${folder}/**/*.ts`, { cwd: root })
    .filter((path) => !path.endsWith(".test.ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

  return ({ service, serviceName, name, localName }) => {
    const { typeName, handlers } = services.get(service) ?? { typeName: service, handlers: {} };
    const path = `/${typeName}/${name}`;
    const handler = handlers[localName];
    if (handler === undefined) return { path, files: [], whyNot: called[service] ?? "no façade has it" };
    const whyNot = whyNotServed(handler);
    if (whyNot !== undefined) return { path, files: [], whyNot };
    const defining = files.filter(({ text }) => definition(localName).test(text));
    // Files of a generation that is served under another's name speak of it by a name of their own.
    const renamed = typeName === service ? serviceName : `Newest${serviceName}`;
    const speaking = defining.filter(({ text }) => new RegExp(`\\b${renamed}\\b`).test(text));
    return { path, files: (speaking.length > 0 ? speaking : defining).map(({ path }) => path) };
  };
}

/** A property or method at the beginning of a line, in an object. */
const definition = (name: string) => new RegExp(`^\\s+(async\\s+)?(\\*\\s*)?${name}\\s*[(:,]`, "m");

async function loadFacade(root: string, folder: string, dialect: string): Promise<Facade> {
  const module = (await import(join(root, folder, "index.ts"))) as Record<string, (...needs: unknown[]) => Facade>;
  const open = module[`${dialect}Facade`];
  if (!open) throw new Error(`${folder}/index.ts exports no ${dialect}Facade`);
  return open(anything, anything, anything);
}

/** By the full name that a file describes a service by. */
function handlersOf({ services }: Facade): ReadonlyMap<string, Handlers> {
  return new Map(
    services.map(({ desc, implementation }) => [
      [desc.file.proto.package, desc.name].filter((part) => part !== "").join("."),
      { typeName: desc.typeName, handlers: implementation as Record<string, unknown> },
    ]),
  );
}
