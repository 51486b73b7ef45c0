import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { GitFailure, GitFetch, GitHead } from "#core/ports/git.ts";
import { runGit } from "./collect-git.ts";
import { makeLogin } from "./credentials.ts";
import type { GitHome } from "./environment.ts";
import { explainFailure, hostOf } from "./explain-failure.ts";
import { parseHeads } from "./remote-heads.ts";
import { type GitCall, GitLimitError, type GitProgram } from "./run-git.ts";
import { GitFailedError, isDamage, succeed } from "./succeed.ts";

const askLimit = 120_000;
const fetchLimit = 1_800_000;
const mostPacks = 20;

export interface Mirror {
  readonly git: GitProgram;
  readonly home: GitHome;
  readonly path: string;
}

/** Brings a mirror up to date; an unchanged repository costs one question. */
export async function fetchMirror(mirror: Mirror, ask: GitFetch, signal: AbortSignal): Promise<GitHead | GitFailure> {
  const login = await makeLogin(mirror.home, ask);
  const call = (args: readonly string[], timeLimit: number): GitCall => ({
    gitDir: mirror.path,
    args,
    env: login.env,
    signal,
    timeLimit,
  });
  try {
    const asked = await runGit(
      mirror.git,
      call(["ls-remote", "--symref", "--", ask.repository, "HEAD", "refs/heads/*"], askLimit),
    );
    if (asked.code !== 0) return explainFailure(asked.stderr, ask);
    const { heads, branch } = parseHeads(asked.stdout.toString("utf8"));
    if (heads.size === 0) return failure("The repository has no commits yet: push one, with an ame.yaml.");
    if (branch === undefined) {
      return failure("The repository has several branches and none is its default: set its default branch (HEAD).");
    }
    if (!sameHeads(heads, await localHeads(mirror, signal))) {
      const fetched = await runGit(mirror.git, call(fetchArguments(ask.repository), fetchLimit));
      if (fetched.code !== 0 && isDamage(fetched.stderr)) throw new GitFailedError("fetch", fetched.stderr);
      if (fetched.code !== 0) return explainFailure(fetched.stderr, ask);
      await packTogether(mirror, signal);
    }
    const head = await readHead(mirror, branch, signal);
    const hostKeys = await login.hostKeys?.();
    return head.ok && hostKeys ? { ...head, hostKeys } : head;
  } catch (error) {
    if (signal.aborted || !(error instanceof GitLimitError)) throw error;
    return failure(`${hostOf(ask.repository)} is too slow or the repository too large: git was ${error.message}.`);
  } finally {
    await login.discard();
  }
}

function fetchArguments(repository: string): readonly string[] {
  const flags = ["--quiet", "--force", "--prune", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance"];
  return ["fetch", ...flags, "--no-write-fetch-head", "--", repository, "+refs/heads/*:refs/heads/*"];
}

function failure(message: string): GitFailure {
  return { ok: false, kind: "unknown", message };
}

function sameHeads(remote: ReadonlyMap<string, string>, local: ReadonlyMap<string, string>): boolean {
  return remote.size === local.size && [...remote].every(([name, commit]) => local.get(name) === commit);
}

/** References are changed after all that they lead to is there, so what they say is what the mirror has. */
async function localHeads({ git, path }: Mirror, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await succeed(git, {
    gitDir: path,
    args: ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/"],
    signal,
    timeLimit: 60_000,
  });
  const lines = stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
}

/** The newest commit of a branch, by its full name. */
export async function readHead(
  { git, path }: Pick<Mirror, "git" | "path">,
  branch: string,
  signal: AbortSignal,
): Promise<GitHead | GitFailure> {
  const { stdout } = await succeed(git, {
    gitDir: path,
    args: ["for-each-ref", "--format=%(objectname)%00%(committerdate:unix)%00%(contents:subject)", branch],
    signal,
    timeLimit: 60_000,
  });
  const [commit = "", seconds = "", subject = ""] = stdout.toString("utf8").replace(/\n$/, "").split("\0");
  if (commit === "") return failure("The default branch was removed while it was read: sync again.");
  const name = branch.slice("refs/heads/".length);
  return { ok: true, branch: name, commit, subject: subject.slice(0, 500), committedAt: Number(seconds) * 1000 };
}

/** Every fetch adds a pack, and git takes longer to find anything the more there are. */
async function packTogether({ git, path }: Mirror, signal: AbortSignal): Promise<void> {
  const names = await readdir(join(path, "objects", "pack"));
  if (names.filter((name) => name.endsWith(".pack")).length <= mostPacks) return;
  // What no branch leads to any more is kept: a task may still wait for it.
  const args = ["repack", "-a", "-d", "--keep-unreachable", "--quiet"];
  await runGit(git, { gitDir: path, args, signal, timeLimit: fetchLimit });
}
