import { checkJobId } from "#core/jobs/job.ts";
import { uploadFile } from "#core/jobs/stage-file.ts";
import type { Ports } from "#core/ports/index.ts";
import type { HttpRoute } from "#rpc/facade.ts";

/** How files come that jobs name, for clients that have nothing but HTTP. */
export function fileRoutes(ports: Ports): readonly HttpRoute[] {
  return [
    {
      method: "PUT",
      path: "/agent/files/:id",
      async handle({ body }, { id = "" }) {
        const file = await uploadFile(ports, {
          id: checkJobId(id, "id"),
          bytes: (body as AsyncIterable<Uint8Array> | null) ?? none(),
        });
        return Response.json({ id: file.id, sizeBytes: file.size, sha256: file.hash }, { status: 201 });
      },
    },
  ];
}

async function* none(): AsyncIterable<Uint8Array> {}
