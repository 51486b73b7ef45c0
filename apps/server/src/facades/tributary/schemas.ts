import type { Ports } from "#core/ports/index.ts";
import type { HttpRoute } from "#rpc/facade.ts";

/** Where editors find the JSON Schema of project files. It tells nothing of this server. */
export function schemaRoutes({ projectFiles }: Pick<Ports, "projectFiles">): readonly HttpRoute[] {
  const body = JSON.stringify(projectFiles.schema, undefined, 2);
  const headers = { "content-type": "application/schema+json", "cache-control": "max-age=3600" };
  return [
    { method: "GET", path: "/schemas/project-file.json", handle: async () => new Response(`${body}\n`, { headers }) },
  ];
}
