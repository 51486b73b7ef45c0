import { RefusedError } from "#core/errors.ts";
import type { FileSource } from "#core/ports/file-source.ts";

/** Statuses by which a server says that there is no such file. */
const none = [404, 410];

/** Files of a data manager: `<address>/files/<id>/data`. A user and password of the address go into a header. */
export function httpFileSource({ address }: { readonly address: string }): FileSource {
  const { base, headers } = partsOf(address);
  return {
    place: base,
    async open(id, signal) {
      const response = await fetch(`${base}/files/${id}/data`, { signal, headers }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw unavailable(error);
      });
      if (response.ok) return bytesOf(response);
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

async function* bytesOf({ body }: Response): AsyncIterable<Uint8Array> {
  if (!body) return;
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unavailable(error);
  }
}

/** What `fetch` throws says why only in its cause. */
function unavailable(error: unknown): RefusedError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return new RefusedError("unavailable", cause instanceof Error ? cause.message : String(cause));
}
