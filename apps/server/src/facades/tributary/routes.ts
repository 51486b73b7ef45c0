import { RefusedError } from "#core/errors.ts";
import type { AttemptLines, LogChunk, LogStream } from "#core/logs/log.ts";
import { readLog } from "#core/logs/read-log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { ZipEntry } from "#core/ports/zip.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { artifactRoutes } from "#facades/tributary/artifact-routes.ts";
import { attemptOf, toTaskId } from "#facades/tributary/route-parameters.ts";
import { attachment, byteRange, resumed, toStream } from "#rpc/download.ts";
import type { HttpRoute } from "#rpc/facade.ts";

type DownloadPorts = Pick<Ports, "store" | "logs" | "objects" | "zip">;

const streams: readonly LogStream[] = ["stdout", "stderr", "worker"];
const plainText = "text/plain; charset=utf-8";

/** Downloads that browsers and `curl` take without an RPC. */
export function downloadRoutes(ports: DownloadPorts): readonly HttpRoute[] {
  return [
    {
      method: "GET",
      path: "/tasks/:taskId/log",
      async handle(request, parameters) {
        const taskId = await taskOf(ports, parameters);
        const asked = askedOf(request);
        if (asked.zip) return zipResponse(ports, taskId, request.signal);
        return asked.attempt || asked.stream
          ? partResponse(ports, taskId, asked, request.signal)
          : wholeResponse(ports, taskId, request);
      },
    },
    {
      method: "GET",
      path: "/tasks/:taskId/log.zip",
      async handle({ signal }, parameters) {
        return zipResponse(ports, await taskOf(ports, parameters), signal);
      },
    },
    ...artifactRoutes(ports),
  ];
}

async function taskOf({ store }: DownloadPorts, parameters: Readonly<Record<string, string>>): Promise<TaskId> {
  const taskId = toTaskId(parameters);
  await store.transact(knownTask, taskId);
  return taskId;
}

interface Asked {
  readonly zip: boolean;
  readonly attempt: number | undefined;
  readonly stream: LogStream | undefined;
}

function askedOf(request: Request): Asked {
  const { searchParams } = new URL(request.url);
  const format = searchParams.get("format") ?? "text";
  if (format !== "text" && format !== "zip") throw new RefusedError("invalid", "format: text or zip", "format");
  const name = searchParams.get("stream");
  const stream = streams.find((each) => each === name);
  if (name !== null && !stream) throw new RefusedError("invalid", `stream: one of ${streams.join(", ")}`, "stream");
  return { zip: format === "zip", attempt: attemptOf(searchParams), stream };
}

/** All of a log, or the range of it that is asked for. With a gap its bytes cannot be counted off. */
async function wholeResponse({ logs }: DownloadPorts, taskId: TaskId, request: Request): Promise<Response> {
  const { bytes: size, droppedBytes } = await logs.size(taskId);
  const file = { name: `task-${taskId}.log`, type: plainText };
  const { signal } = request;
  if (droppedBytes > 0) return attachment(toStream(bytesOf(readLog(logs, taskId, { signal })), signal), file);
  const range = byteRange(request, size);
  if (range === "unsatisfiable") {
    return new Response("the log is not so long\n", { status: 416, headers: { "content-range": `bytes */${size}` } });
  }
  const { from, to } = range ?? { from: 0, to: size };
  const content = toStream(exactly(readLog(logs, taskId, { from, to, signal }), to), signal);
  return attachment(content, { ...file, length: to - from, ...(range && { range: { from, to, size } }) }, true);
}

async function partResponse(
  { logs }: DownloadPorts,
  taskId: TaskId,
  { attempt, stream }: Asked,
  signal: AbortSignal,
): Promise<Response> {
  const name = ["task", taskId, ...(attempt ? ["attempt", attempt] : []), ...(stream ? [stream] : [])].join("-");
  const { from, to } = attempt ? extentOf(await logs.attempts(taskId), attempt) : {};
  const chunks = readLog(logs, taskId, {
    signal,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  });
  const content = toStream(bytesOf(chunks, stream), signal);
  return attachment(content, { name: `${name}.log`, type: plainText });
}

function zipResponse({ logs, zip }: DownloadPorts, taskId: TaskId, signal: AbortSignal): Response {
  async function* entries(): AsyncIterable<ZipEntry> {
    const attempts = await logs.attempts(taskId);
    for (const { attempt } of attempts) {
      for (const stream of streams) {
        const chunks = readLog(logs, taskId, { ...extentOf(attempts, attempt), signal });
        const bytes = bytesOf(chunks, stream)[Symbol.asyncIterator]();
        const first = await bytes.next();
        // A stream that said nothing gets no file.
        if (!first.done)
          yield { name: `task-${taskId}/attempt-${attempt}/${stream}.log`, bytes: resumed(first, bytes) };
      }
    }
  }
  return attachment(toStream(zip.pack(entries()), signal), { name: `task-${taskId}-log.zip`, type: "application/zip" });
}

/** Where an attempt lies in its task's log. */
function extentOf(attempts: readonly AttemptLines[], attempt: number): { readonly from: number; readonly to?: number } {
  const at = attempts.findIndex((each) => each.attempt === attempt);
  const own = attempts[at];
  if (!own) throw new RefusedError("not-found", `nothing is kept of attempt ${attempt}`, "attempt");
  const next = attempts[at + 1];
  return { from: own.offset, ...(next && { to: next.offset }) };
}

/** The bytes of one stream, or of all; what is said of a gap is said in each. */
async function* bytesOf(chunks: AsyncIterable<LogChunk>, stream?: LogStream): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) if (!stream || chunk.stream === stream || chunk.gap) yield chunk.bytes;
}

/** No byte at or after an offset. */
async function* exactly(chunks: AsyncIterable<LogChunk>, to: number): AsyncIterable<Uint8Array> {
  for await (const { offset, bytes } of chunks) yield bytes.subarray(0, Math.max(0, to - offset));
}
