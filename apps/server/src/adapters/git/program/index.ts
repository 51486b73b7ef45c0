import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Git, GitFailure, GitFetch, GitHead } from "#core/ports/git.ts";
import { checkRepositoryUrl } from "#core/sources/repository-url.ts";
import { archiveCommit } from "./archive-commit.ts";
import { makeGitHome } from "./environment.ts";
import { explainFailure, isDiskFull } from "./explain-failure.ts";
import { fetchMirror, type Mirror } from "./fetch-mirror.ts";
import { importExample } from "./import-example.ts";
import { listMirrors, makeMirror, mirrorPath, tidyMirror } from "./mirror.ts";
import { readBlob } from "./read-blob.ts";
import { findCommit, readBranches, readCommits } from "./read-revisions.ts";
import { readFolder } from "./read-tree.ts";
import type { GitProgram } from "./run-git.ts";
import { GitFailedError } from "./succeed.ts";

export interface ProgramGitOptions {
  /** Of the mirrors, and of git's own home. */
  readonly folder: string;
  /** Folders by name, each fetched as `example:<name>`. */
  readonly examples?: Readonly<Record<string, string>>;
  /** Name or path of the program. */
  readonly git?: string;
  /** The server's environment, of which git gets the path, proxies and certificates. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Mirrors of repositories, by the git program. */
export function programGit(options: ProgramGitOptions): Git {
  const folder = resolve(options.folder);
  const { examples = {}, git: program = "git", environment = {} } = options;
  const ready = lazily(() => makeGitHome(join(folder, "home"), environment));
  const inTurn = turns();
  /** Mirrors in which the last git process ended by itself. */
  const tidy = new Set<string>();

  async function fetch(ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure> {
    checkRepositoryUrl(ask.repository);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const home = await ready();
    const mirror: Mirror = { home, git: { program, env: home.env }, path: mirrorPath(folder, ask.sourceId) };
    try {
      return await fetchWhole(mirror, ask, signal);
    } catch (error) {
      return explainError(error, ask, program);
    }
  }

  /** Makes a mirror that turns out to be damaged anew. */
  async function fetchWhole(mirror: Mirror, ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure> {
    try {
      return await fetchOnce(mirror, ask, signal);
    } catch (error) {
      if (!(error instanceof GitFailedError) || isDiskFull(error.stderr)) throw error;
      await rm(mirror.path, { recursive: true, force: true });
      return await fetchOnce(mirror, ask, signal);
    }
  }

  async function fetchOnce(mirror: Mirror, ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure> {
    await makeMirror(mirror.git, mirror.path);
    if (!tidy.delete(mirror.path)) await tidyMirror(mirror.path);
    const head = await fetchInto(mirror, ask, signal);
    tidy.add(mirror.path);
    return head;
  }

  function fetchInto(mirror: Mirror, ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure> {
    const name = /^example:(.*)$/.exec(ask.repository)?.[1];
    if (name === undefined) return fetchMirror(mirror, ask, signal);
    const from = Object.hasOwn(examples, name) ? examples[name] : undefined;
    if (from !== undefined) return importExample(mirror.git, mirror.path, { name, folder: from }, signal);
    const known = Object.keys(examples).join(", ") || "none";
    const message = `There is no bundled example ${name}: there are ${known}.`;
    return Promise.resolve({ ok: false, kind: "repository-not-found", message });
  }

  /** For what needs no network. */
  const local = async (): Promise<GitProgram> => ({ program, env: (await ready()).env });

  return {
    fetch: (ask, signal) => inTurn(ask.sourceId, () => fetch(ask, signal)),
    readFile: async (sourceId, commit, path) => readBlob(await local(), mirrorPath(folder, sourceId), commit, path),
    branches: async (sourceId, limit) => readBranches(await local(), mirrorPath(folder, sourceId), limit),
    commits: async (sourceId, ask) => readCommits(await local(), mirrorPath(folder, sourceId), ask),
    find: async (sourceId, revision) => findCommit(await local(), mirrorPath(folder, sourceId), revision),
    folder: async (sourceId, commit, path) => readFolder(await local(), mirrorPath(folder, sourceId), commit, path),
    async *archive(sourceId, commit, signal) {
      yield* archiveCommit(await local(), mirrorPath(folder, sourceId), commit, signal);
    },
    list: () => listMirrors(folder),
    remove: (sourceId) => inTurn(sourceId, () => rm(mirrorPath(folder, sourceId), { recursive: true, force: true })),
  };
}

/** What people can mend, as the outcome of the fetch; anything else is thrown on. */
function explainError(error: unknown, ask: GitFetch, program: string): GitFailure {
  if (error instanceof GitFailedError) return explainFailure(error.stderr, ask);
  if (error instanceof Error && "syscall" in error && String(error.syscall).startsWith("spawn")) {
    const message = `The server cannot run ${program}: install git on its machine.`;
    return { ok: false, kind: "unknown", message };
  }
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") return explainFailure(error.message, ask);
  throw error;
}

/** Calls once, and again only after a failure. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** Runs one act at a time for each key, in the order in which they were asked for. */
function turns(): <T>(key: string, act: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, act) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(act, act);
    const settled = mine
      .catch(() => {})
      .finally(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return mine;
  };
}
