import { globSync } from "node:fs";
import { join } from "node:path";

/** One RPC as its descriptor has it. */
export interface Rpc {
  /** Such as `ame.v1.AmeService.RunTask`. */
  readonly fullName: string;
  /** Such as `ame.v1.AmeService`. */
  readonly service: string;
  /** The service's own name, such as `AmeService`: what its descriptor is called in code. */
  readonly serviceName: string;
  readonly name: string;
  /** The handler's name in code, such as `runTask`. */
  readonly localName: string;
  readonly kind: string;
}

interface ServiceDescriptor {
  readonly kind: "service";
  readonly typeName: string;
  readonly name: string;
  readonly methods: readonly { readonly name: string; readonly localName: string; readonly methodKind: string }[];
}

const kinds: Readonly<Record<string, string>> = {
  unary: "unary",
  server_streaming: "server stream",
  client_streaming: "client stream",
  bidi_streaming: "both stream",
};

/**
 * All RPCs of the services below a folder of generated code, in the order of their files and declarations.
 *
 * @throws Error when there are none, since then nothing was generated
 */
export async function listRpcs(generated: string): Promise<Rpc[]> {
  const paths = globSync("**/*_pb.js", { cwd: generated }).sort();
  const modules = await Promise.all(paths.map((path) => import(join(generated, path)) as Promise<object>));
  const services = modules.flatMap((module) => Object.values(module).filter(isService));
  if (services.length === 0) throw new Error(`no service in ${generated}: run npm run generate first`);
  return services.flatMap(({ typeName, name: serviceName, methods }) =>
    methods.map(({ name, localName, methodKind }) => ({
      fullName: `${typeName}.${name}`,
      service: typeName,
      serviceName,
      name,
      localName,
      kind: kinds[methodKind] ?? methodKind,
    })),
  );
}

function isService(value: unknown): value is ServiceDescriptor {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
