import { RefusedError } from "#core/errors.ts";
import type { GitHead } from "#core/ports/git.ts";
import type { Ports } from "#core/ports/index.ts";
import { readSecret } from "#core/secrets/read-secret.ts";
import type { Source, SourceIssue } from "#core/sources/source.ts";

/** Why a repository could not be fetched. */
export interface FetchFailure {
  readonly ok: false;
  readonly kind: SourceIssue["kind"];
  readonly message: string;
}

/** Brings this server's mirror of a source up to date. */
export async function fetchMirror(
  ports: Pick<Ports, "store" | "clock" | "git" | "vault">,
  source: Source,
  signal: AbortSignal,
): Promise<GitHead | FetchFailure> {
  const { repository, username, secretKey } = source.settings;
  const password = secretKey === undefined ? undefined : await readSecret(ports, secretKey).catch(asUnreadable);
  if (typeof password === "object") return failure(password.unreadable);
  if (secretKey !== undefined && password === undefined) {
    return failure(`There is no secret ${secretKey}: create it, or choose another for this source`);
  }
  return ports.git.fetch(
    {
      sourceId: source.id,
      repository,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(source.hostKeys === undefined ? {} : { hostKeys: source.hostKeys }),
    },
    signal,
  );
}

/** A record that was changed behind the server's back is the source's trouble, and not the end of all syncs. */
function asUnreadable(error: unknown): { readonly unreadable: string } {
  if (error instanceof RefusedError) return { unreadable: error.message };
  throw error;
}

function failure(message: string): FetchFailure {
  return { ok: false, kind: "secret-not-found", message };
}
