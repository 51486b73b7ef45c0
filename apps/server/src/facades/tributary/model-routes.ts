import { RefusedError } from "#core/errors.ts";
import { callModel } from "#core/models/call-model.ts";
import type { Ports } from "#core/ports/index.ts";
import type { HttpRoute } from "#rpc/facade.ts";

type CallPorts = Pick<Ports, "store" | "endpoints" | "leases" | "random">;

/** Of a request to a model; more is refused before it is sent on. */
const largestBody = 256 * 2 ** 20;

/** Below which a model answers, from the server's own address on. */
export function modelPath(projectName: string, name: string): string {
  return `/projects/${encodeURIComponent(projectName)}/models/${encodeURIComponent(name)}`;
}

/** What serves models, reached through this server: by whoever may see the project. */
export function modelRoutes(ports: CallPorts): readonly HttpRoute[] {
  return (["GET", "POST"] as const).map((method) => ({
    method,
    path: "/projects/:project/models/:model/*",
    async handle(request, { project = "", model = "" }) {
      if (Number(request.headers.get("content-length") ?? 0) > largestBody) {
        throw new RefusedError("exhausted", `the body is larger than ${largestBody} bytes: send fewer rows at a time`);
      }
      return callModel(ports, { projectName: project, name: model, request, path: pathBehind(request) });
    },
  }));
}

/** As the caller wrote it, behind the model's own address. */
function pathBehind(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return `/${pathname.split("/").slice(5).join("/")}${search}`;
}
