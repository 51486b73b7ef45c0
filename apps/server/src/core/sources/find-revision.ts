import { RefusedError } from "#core/errors.ts";
import type { GitCommit } from "#core/ports/git.ts";
import type { Ports } from "#core/ports/index.ts";
import { fetchMirror } from "#core/sources/fetch-mirror.ts";
import type { Source } from "#core/sources/source.ts";
import { knownSource } from "#core/sources/sources.ts";

export type RevisionPorts = Pick<Ports, "store" | "git" | "vault" | "clock">;

/** A source at one of its commits. */
export interface Revision {
  readonly source: Source;
  readonly commit: GitCommit;
}

export interface FindRevision {
  readonly sourceId: string;
  /** A branch, a commit, or its beginning; empty for the commit that the project was read from, or was to be. */
  readonly revision: string;
}

const mostNamed = 8;

/**
 * The commit that a revision of a source stands for, as of the last sync.
 *
 * @throws RefusedError `not-found` for an unknown source or revision; otherwise as {@link openMirror}
 */
export async function findRevision(
  ports: RevisionPorts,
  { sourceId, revision }: FindRevision,
  signal: AbortSignal,
): Promise<Revision> {
  const source = await openMirror(ports, sourceId, signal);
  const wanted = revision || source.commit || source.seenCommit || "";
  const commit = await ports.git.find(sourceId, wanted);
  if (commit) return { source, commit };
  const branches = (await ports.git.branches(sourceId, mostNamed)).map(({ name }) => name).join(", ") || "none";
  throw new RefusedError(
    "not-found",
    `revision: the repository has no branch and no commit ${JSON.stringify(wanted.slice(0, 100))} as of the last sync; ` +
      `its branches are: ${branches}. A new commit is known when a branch leads to it and the source was synced`,
    "revision",
  );
}

/**
 * A source whose mirror is here; it is fetched first where this server has none or an old one, as another server may have
 * synced the source.
 *
 * @throws RefusedError `not-found` for an unknown source; `conflict` for one that was never fetched; `unavailable` when
 * that fails now
 */
export async function openMirror(ports: RevisionPorts, sourceId: string, signal: AbortSignal): Promise<Source> {
  const source = await ports.store.transact(knownSource, sourceId);
  const newest = source.seenCommit ?? source.commit;
  if (newest === undefined) {
    const why = source.reason === undefined ? "" : `: ${source.reason}`;
    throw new RefusedError("conflict", `the repository was not read yet${why}; sync the source`);
  }
  if (await hasCommit(ports.git, sourceId, newest)) return source;
  const fetched = await fetchMirror(ports, source, signal);
  if (!fetched.ok) throw new RefusedError("unavailable", fetched.message);
  return source;
}

async function hasCommit(git: Ports["git"], sourceId: string, commit: string): Promise<boolean> {
  try {
    return (await git.find(sourceId, commit)) !== undefined;
  } catch (error) {
    if (error instanceof RefusedError && error.refusal === "not-found") return false;
    throw error;
  }
}
