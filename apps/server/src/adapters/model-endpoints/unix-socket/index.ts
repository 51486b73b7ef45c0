import { rm } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebStream } from "node:stream/web";
import { EndpointAwayError, type ModelEndpoints } from "#core/ports/model-endpoints.ts";
import type { TaskId } from "#core/tasks/task.ts";

export interface SocketOptions {
  /** Where replicas listen, each at a socket named after its task; for this user only. */
  readonly folder: string;
  /** Milliseconds until an answer must begin. */
  readonly answerWithin?: number;
}

const probeWithin = 5_000;

/** What of a request a model is told: nothing that says who asks. */
const requestHeaders = ["accept", "accept-language", "content-type", "content-length", "content-encoding"];
/** What of its answer a caller is told: nothing that a browser would act on for the whole server. */
const responseHeaders = [
  "content-type",
  "content-length",
  "content-encoding",
  "content-disposition",
  "etag",
  "last-modified",
  "retry-after",
];

/** Replicas of this machine, each behind a unix socket of its own: no port can be taken, and no other user reaches them. */
export function unixSocketEndpoints({ folder, answerWithin = 300_000 }: SocketOptions): ModelEndpoints {
  const pathOf = (taskId: TaskId) => join(folder, `m${taskId}`);
  return {
    call: (taskId, request, path) => send(pathOf(taskId), request, path, answerWithin),
    async probe(taskId) {
      try {
        const request = new Request("http://localhost/health", { signal: AbortSignal.timeout(probeWithin) });
        const { status, body } = await send(pathOf(taskId), request, "/health", probeWithin);
        await body?.cancel();
        return status === 200 ? undefined : `it answers /health with ${status}`;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    forget: (taskId) => rm(pathOf(taskId), { force: true }),
  };
}

async function send(socketPath: string, request: Request, path: string, answerWithin: number): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), answerWithin);
  const sent = httpRequest({
    socketPath,
    path,
    method: request.method,
    headers: pick(request.headers, requestHeaders),
    // A connection a request: one that is kept would die with its replica while somebody uses it.
    agent: false,
    signal: AbortSignal.any([request.signal, late.signal]),
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve);
    sent.once("error", reject);
  });
  answered.catch(() => undefined);
  try {
    await connected(sent);
    // The body is touched only now: until here the request may go to another replica.
    const uploading = request.body ? pipeline(Readable.fromWeb(request.body as WebStream), sent) : sent.end();
    // An answer may come before all of a body was read.
    if (uploading instanceof Promise) uploading.catch(() => undefined);
    const answer = await answered;
    return toResponse(request.method, answer);
  } catch (error) {
    if (late.signal.aborted) return failed(504, `the model did not answer within ${answerWithin / 1000} s\n`);
    if (error instanceof EndpointAwayError || request.signal.aborted) throw error;
    return failed(502, "the model broke off before it answered; its log tells why\n");
  } finally {
    clearTimeout(timer);
  }
}

/** @throws EndpointAwayError when nothing listens at the socket */
function connected(sent: ReturnType<typeof httpRequest>): Promise<void> {
  return new Promise((resolve, reject) => {
    sent.once("socket", (socket) => {
      if (socket.connecting) socket.once("connect", resolve);
      else resolve();
    });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      const isAway = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(error.code ?? "");
      reject(isAway ? new EndpointAwayError(`nothing listens yet (${error.code})`) : error);
    });
  });
}

function toResponse(method: string, answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 502;
  const headers = pick(new Headers(flat(answer.headers)), responseHeaders);
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304 && status >= 200;
  if (!hasBody) answer.resume();
  // A body that breaks off breaks off for the caller, too.
  return new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream) : null, {
    status: status < 200 ? 502 : status,
    headers,
  });
}

function failed(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}

function flat(headers: IncomingMessage["headers"]): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] satisfies [string, string]],
  );
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  );
}
