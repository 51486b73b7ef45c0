import { RefusedError } from "#core/errors.ts";
import type { GitBranch, GitCommit, GitEntry } from "#core/ports/git.ts";
import type { Ports } from "#core/ports/index.ts";
import type { FileProblem } from "#core/projects/project.ts";
import { isProjectFileName, readProjectFile } from "#core/projects/read-project-file.ts";
import { type FindRevision, findRevision, openMirror, type RevisionPorts } from "#core/sources/find-revision.ts";

/** A part of a list, and whether more of it comes. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

export interface Window {
  /** Items before it. */
  readonly skip: number;
  readonly limit: number;
}

/** More branches than this are not looked at. */
const mostBranches = 10_000;

function partOf<T>(all: readonly T[], { skip, limit }: Window): Part<T> {
  return { items: all.slice(skip, skip + limit), more: all.length > skip + limit };
}

/**
 * Branches of a source as of the last sync, the one with the newest commit first.
 *
 * @throws RefusedError as {@link openMirror}
 */
export async function listBranches(
  ports: RevisionPorts,
  sourceId: string,
  window: Window,
  signal: AbortSignal,
): Promise<Part<GitBranch> & { readonly defaultBranch: string | undefined }> {
  const source = await openMirror(ports, sourceId, signal);
  const limit = Math.min(mostBranches, window.skip + window.limit + 1);
  const branches = await ports.git.branches(sourceId, limit);
  return { ...partOf(branches, window), defaultBranch: source.seenBranch ?? source.branch };
}

/**
 * The commits that lead to a revision, newest first.
 *
 * @throws RefusedError as {@link findRevision}
 */
export async function listCommits(
  ports: RevisionPorts,
  ask: FindRevision,
  { skip, limit }: Window,
  signal: AbortSignal,
): Promise<Part<GitCommit>> {
  const { commit } = await findRevision(ports, ask, signal);
  const commits = await ports.git.commits(ask.sourceId, { commit: commit.id, skip, limit: limit + 1 });
  return partOf(commits, { skip: 0, limit });
}

/** A path from outside, as git names it: from the root, without `.`, `..` or anything twice. */
function checkPath(path: string): string {
  const plain = path.replace(/\/+$/, "");
  const parts = plain === "" ? [] : plain.split("/");
  if (/[\u0000-\u001f\u007f]/.test(plain) || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new RefusedError("invalid", "path: write it from the root of the repository, like src/train.py", "path");
  }
  return plain;
}

/**
 * What a folder has at a revision: folders first, by name.
 *
 * @throws RefusedError as {@link findRevision}; `not-found` where there is no folder
 */
export async function listFolder(
  ports: RevisionPorts,
  { path: asked, ...ask }: FindRevision & { readonly path: string },
  window: Window,
  signal: AbortSignal,
): Promise<Part<GitEntry> & { readonly commit: GitCommit }> {
  const path = checkPath(asked);
  const { commit } = await findRevision(ports, ask, signal);
  const entries = await ports.git.folder(ask.sourceId, commit.id, path);
  if (!entries) throw noSuch("folder", path, commit);
  const isFolder = ({ kind }: GitEntry) => kind === "folder" || kind === "submodule";
  const sorted = [...entries.filter(isFolder), ...entries.filter((entry) => !isFolder(entry))];
  return { commit, ...partOf(sorted, window) };
}

/** What is shown of a file. */
export type FileContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "lfs-pointer"; readonly text: string }
  | { readonly kind: "binary" | "too-large" | "link" | "submodule" };

export interface SourceFile {
  readonly commit: GitCommit;
  readonly path: string;
  readonly entry: GitEntry;
  readonly content: FileContent;
  /** Of the project file. */
  readonly problems: readonly FileProblem[];
}

const largestFile = 2 ** 20;

/**
 * A file at a revision; without a path, the project file.
 *
 * @throws RefusedError as {@link findRevision}; `not-found` where there is no file
 */
export async function readSourceFile(
  ports: RevisionPorts & Pick<Ports, "projectFiles">,
  { path: asked, ...ask }: FindRevision & { readonly path: string },
  signal: AbortSignal,
): Promise<SourceFile> {
  const { commit } = await findRevision(ports, ask, signal);
  const path = checkPath(asked) || ((await readProjectFile(ports, ask.sourceId, commit.id))?.name ?? "ame.yaml");
  const slash = path.lastIndexOf("/");
  const siblings = await ports.git.folder(ask.sourceId, commit.id, path.slice(0, Math.max(0, slash)));
  const entry = siblings?.find(({ name }) => name === path.slice(slash + 1));
  if (!entry || entry.kind === "folder") throw noSuch("file", path, commit);
  const content = await readContent(ports, ask.sourceId, commit, path, entry);
  const isProjectFile = content.kind === "text" && isProjectFileName(path);
  return {
    commit,
    path,
    entry,
    content,
    problems: isProjectFile ? ports.projectFiles.read(content.text).problems : [],
  };
}

async function readContent(
  { git }: Pick<Ports, "git">,
  sourceId: string,
  { id }: GitCommit,
  path: string,
  { kind, size }: GitEntry,
): Promise<FileContent> {
  if (kind === "link" || kind === "submodule") return { kind };
  if (size > largestFile) return { kind: "too-large" };
  const bytes = (await git.readFile(sourceId, id, path)) ?? new Uint8Array();
  // What git itself takes for binary.
  if (bytes.subarray(0, 8_000).includes(0)) return { kind: "binary" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { kind: text.startsWith("version https://git-lfs.github.com/spec/v1\n") ? "lfs-pointer" : "text", text };
  } catch {
    return { kind: "binary" };
  }
}

function noSuch(what: string, path: string, { id }: GitCommit): RefusedError {
  const shown = JSON.stringify(path.slice(0, 200));
  return new RefusedError("not-found", `path: there is no ${what} ${shown} at commit ${id.slice(0, 12)}`, "path");
}
