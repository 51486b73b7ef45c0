import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { whyNotServed } from "../../apps/server/src/rpc/facade.ts";
import type { Rpc } from "./list-rpcs.ts";

/** Who answers an RPC: files from the root, a reason why nobody does, or neither. */
export interface Served {
  readonly files: readonly string[];
  readonly whyNot?: string;
}

interface Facade {
  readonly services: readonly { readonly desc: { readonly typeName: string }; readonly implementation: object }[];
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
  const handlers = handlersOf(await loadFacade(root, folder, dialect));
  const files = globSync(`${folder}/**/*.ts`, { cwd: root })
    .filter((path) => !path.endsWith(".test.ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

  return ({ service, serviceName, localName }) => {
    const handler = handlers.get(service)?.[localName];
    if (handler === undefined) return { files: [], whyNot: called[service] ?? "no façade has it" };
    const whyNot = whyNotServed(handler);
    if (whyNot !== undefined) return { files: [], whyNot };
    const defining = files.filter(({ text }) => definition(localName).test(text));
    const speaking = defining.filter(({ text }) => new RegExp(`\\b${serviceName}\\b`).test(text));
    return { files: (speaking.length > 0 ? speaking : defining).map(({ path }) => path) };
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

function handlersOf({ services }: Facade): Map<string, Record<string, unknown>> {
  return new Map(
    services.map(({ desc, implementation }) => [desc.typeName, implementation as Record<string, unknown>]),
  );
}
