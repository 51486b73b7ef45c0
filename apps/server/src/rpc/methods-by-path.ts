import type { DescMethod, DescService } from "@bufbuild/protobuf";

/** Every RPC by the path that it is called at. */
export function methodsByPath(services: readonly DescService[]): ReadonlyMap<string, DescMethod> {
  return new Map(
    services.flatMap(({ typeName, methods }) => methods.map((method) => [`/${typeName}/${method.name}`, method])),
  );
}

/** A request's path without what is asked behind it. */
export function pathOf(url: string): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}
