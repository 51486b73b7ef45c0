import { stretchOf } from "#core/artifacts/artifact-bytes.ts";
import { contentTypeOf, kindByName } from "#core/artifacts/content-type.ts";
import { listArtifacts } from "#core/artifacts/list-artifacts.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { ZipEntry } from "#core/ports/zip.ts";
import { findArtifact } from "#core/tasks/find-artifact.ts";
import type { Artifact, TaskId } from "#core/tasks/task.ts";
import { attemptOf, toTaskId } from "#facades/tributary/route-parameters.ts";
import { attachment, byteRange, resumed, shown, toStream } from "#rpc/download.ts";
import type { HttpRoute } from "#rpc/facade.ts";

type ArtifactPorts = Pick<Ports, "store" | "objects" | "zip">;

/** What pages of HTML may do when they are shown: run what is written in them, and reach nothing. */
const sandboxOfPages =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
const sandboxOfImages = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/** Files that an archive may be asked for by name. */
const mostNamed = 500;

/** What tasks have left, for browsers and `curl`. */
export function artifactRoutes(ports: ArtifactPorts): readonly HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/tasks/:taskId/artifact",
      async handle(request, parameters) {
        const { searchParams } = new URL(request.url);
        const ask = { taskId: toTaskId(parameters), path: searchParams.get("path") ?? "" };
        const artifact = await findArtifact(ports, { ...ask, attempt: attemptOf(searchParams) ?? 0 });
        return fileResponse(ports, artifact, request, searchParams.has("show"));
      },
    },
    {
      method: "GET",
      path: "/tasks/:taskId/artifacts.zip",
      async handle(request, parameters) {
        const { searchParams } = new URL(request.url);
        const taskId = toTaskId(parameters);
        const entries = await chosenEntries(ports, taskId, attemptOf(searchParams), searchParams.getAll("path"));
        const file = { name: `task-${taskId}-artifacts.zip`, type: "application/zip" };
        return attachment(toStream(ports.zip.pack(entries), request.signal), file);
      },
    },
  ];
}

async function fileResponse(
  ports: ArtifactPorts,
  artifact: Artifact,
  request: Request,
  show: boolean,
): Promise<Response> {
  const { path, size } = artifact;
  const kind = kindByName(path);
  if (show && kind !== "image" && kind !== "html") {
    throw new RefusedError(
      "invalid",
      "show: only pictures and pages of HTML are shown; leave it out to download",
      "show",
    );
  }
  const range = byteRange(request, size);
  if (range === "unsatisfiable") {
    return new Response("the file is not so long\n", { status: 416, headers: { "content-range": `bytes */${size}` } });
  }
  const { from, to } = range ?? { from: 0, to: size };
  // Whole files are checked against their hash while they are read.
  const bytes = range ? stretchOf(ports, artifact, from, to) : wholeOf(ports, artifact);
  const content = toStream(await begun(bytes), request.signal);
  const file = {
    name: path.split("/").at(-1) ?? path,
    type: contentTypeOf(path),
    length: to - from,
    ...(range && { range: { from, to, size } }),
  };
  if (!show) return attachment(content, file, true);
  return shown(content, file, kind === "html" ? sandboxOfPages : sandboxOfImages);
}

async function* wholeOf({ objects }: ArtifactPorts, artifact: Artifact): AsyncIterable<Uint8Array> {
  // That the bytes have gone is said in the same words, before any of them.
  for await (const _ of stretchOf({ objects }, artifact, 0, 1)) break;
  if (artifact.size > 0) yield* objects.get(artifact.hash);
}

/** The same bytes, of which the first have been read: what cannot be read at all is refused, not broken off. */
async function begun(bytes: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = bytes[Symbol.asyncIterator]();
  return resumed(await iterator.next(), iterator);
}

/** The files that were asked for, or all; of each path what the last attempt left, unless an attempt was asked for. */
async function chosenEntries(
  ports: ArtifactPorts,
  taskId: TaskId,
  attempt: number | undefined,
  paths: readonly string[],
): Promise<AsyncIterable<ZipEntry>> {
  if (paths.length > mostNamed) {
    throw new RefusedError("invalid", `path: at most ${mostNamed} files can be named; leave it out for all`, "path");
  }
  const named: Artifact[] = [];
  for (const path of new Set(paths)) named.push(await findArtifact(ports, { taskId, path, attempt: attempt ?? 0 }));
  const { total } = await listArtifacts(ports, { taskId, limit: 1, ...(attempt !== undefined && { attempt }) });
  if (total === 0) throw new RefusedError("not-found", `task ${taskId} has left no file`);
  return entriesOf(ports, named.length > 0 ? named : newestOfEach(ports, taskId, attempt));
}

async function* entriesOf(
  { objects }: ArtifactPorts,
  artifacts: Iterable<Artifact> | AsyncIterable<Artifact>,
): AsyncIterable<ZipEntry> {
  for await (const artifact of artifacts) {
    yield { name: artifact.path, bytes: stretchOf({ objects }, artifact, 0, artifact.size) };
  }
}

async function* newestOfEach(
  ports: ArtifactPorts,
  taskId: TaskId,
  attempt: number | undefined,
): AsyncIterable<Artifact> {
  let held: Artifact | undefined;
  for (let after: Artifact | undefined; ; after = held) {
    const ask = { taskId, limit: 1_000, ...(attempt !== undefined && { attempt }), ...(after && { after }) };
    const { artifacts } = await listArtifacts(ports, ask);
    for (const artifact of artifacts) {
      if (held && held.path !== artifact.path) yield held;
      held = artifact;
    }
    if (artifacts.length < ask.limit) break;
  }
  if (held) yield held;
}
