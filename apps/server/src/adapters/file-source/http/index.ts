import { setTimeout as sleep } from "node:timers/promises";
import { RefusedError } from "#core/errors.ts";
import type { FileSource } from "#core/ports/file-source.ts";

/** Statuses by which a server says that there is no such file. */
const none = [404, 410];

/** Tries in a row without a byte after which a file that broke off is given up. */
const mostTries = 5;
/** Milliseconds before the first of them; doubled with each. */
const firstPause = 100;

/**
 * Files of a data manager: `<address>/files/<id>/data`. A user and password of the address go into a header. One that breaks
 * off goes on where it was, if its server names its version by an `ETag` and knows ranges.
 */
export function httpFileSource({ address }: { readonly address: string }): FileSource {
  const { base, headers } = partsOf(address);
  return {
    place: base,
    async open(id, signal) {
      const ask = (more: Readonly<Record<string, string>> = {}) =>
        fetch(`${base}/files/${id}/data`, { signal, headers: { ...headers, ...more } });
      const response = await ask().catch((error: unknown) => {
        signal.throwIfAborted();
        throw unavailable(error);
      });
      if (response.ok) return bytesOf(response, ask, signal);
      await response.body?.cancel();
      if (none.includes(response.status)) return undefined;
      throw new RefusedError("unavailable", `it answered with status ${response.status}`);
    },
  };
}

function partsOf(address: string): { readonly base: string; readonly headers: Record<string, string> } {
  const url = new URL(address);
  const login = [url.username, url.password].map(decodeURIComponent).join(":");
  url.username = "";
  url.password = "";
  const headers = login === ":" ? {} : { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  return { base: url.href.replace(/\/+$/, ""), headers };
}

type Ask = (headers: Readonly<Record<string, string>>) => Promise<Response>;

async function* bytesOf(first: Response, ask: Ask, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const version = versionOf(first);
  let [response, at, tries]: [Response | undefined, number, number] = [first, 0, 0];
  for (;;) {
    try {
      response ??= await rest(at, version, ask);
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        at += chunk.length;
        tries = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RefusedError) throw error;
      if (version === undefined || ++tries > mostTries) throw unavailable(error);
      response = undefined;
      await sleep(firstPause * 2 ** (tries - 1), undefined, { signal });
    }
  }
}

/** By which bytes of a later answer are known to be of the same content; undefined where there is no such thing. */
function versionOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  // Places are those of the bytes as they are sent, and `fetch` unpacks what was packed.
  return tag?.startsWith('"') && !headers.has("content-encoding") ? tag : undefined;
}

/** @throws RefusedError `unavailable` when there is no rest of that version */
async function rest(at: number, version: string | undefined, ask: Ask): Promise<Response> {
  const response = await ask({ range: `bytes=${at}-`, ...(version === undefined ? {} : { "if-range": version }) });
  if (response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${at}-`)) return response;
  await response.body?.cancel();
  throw new RefusedError(
    "unavailable",
    `it broke off after ${at} bytes, and the rest was answered with status ${response.status}`,
  );
}

/** What `fetch` throws says why only in its cause. */
function unavailable(error: unknown): RefusedError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return new RefusedError("unavailable", cause instanceof Error ? cause.message : String(cause));
}
