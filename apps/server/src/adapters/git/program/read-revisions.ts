import { RefusedError } from "#core/errors.ts";
import type { GitBranch, GitCommit } from "#core/ports/git.ts";
import { runGit } from "./collect-git.ts";
import { checkCommit } from "./read-blob.ts";
import type { GitProgram } from "./run-git.ts";

const timeLimit = 60_000;
const prefix = "refs/heads/";

/** Branches of a mirror, the one with the newest commit first. */
export async function readBranches(git: GitProgram, gitDir: string, limit: number): Promise<readonly GitBranch[]> {
  const fields = ["refname", "objectname", "committerdate:unix", "authorname", "contents:subject"];
  const { code, stdout } = await runGit(git, {
    gitDir,
    args: [
      "for-each-ref",
      "--sort=refname",
      "--sort=-committerdate",
      `--count=${limit}`,
      `--format=${fields.map((field) => `%(${field})`).join("%00")}`,
      prefix,
    ],
    timeLimit,
  });
  if (code !== 0) throw noMirror();
  return linesOf(stdout).map((line) => {
    const [name = "", ...rest] = line.split("\0");
    return { name: name.slice(prefix.length), commit: commitOf(rest) };
  });
}

/** The commits that lead to one, newest first. */
export async function readCommits(
  git: GitProgram,
  gitDir: string,
  { commit, skip, limit }: { readonly commit: string; readonly skip: number; readonly limit: number },
): Promise<readonly GitCommit[]> {
  checkCommit(commit);
  const { code, stdout } = await runGit(git, {
    gitDir,
    args: ["log", "--format=%H%x00%ct%x00%an%x00%s", `--skip=${skip}`, `--max-count=${limit}`, commit],
    timeLimit,
  });
  if (code !== 0) throw unknownCommit(commit);
  return linesOf(stdout).map((line) => commitOf(line.split("\0")));
}

/** The commit that a branch, or all or the beginning of a commit's name, stands for; undefined when there is none. */
export async function findCommit(git: GitProgram, gitDir: string, revision: string): Promise<GitCommit | undefined> {
  if ((await runGit(git, { gitDir, args: ["rev-parse", "--git-dir"], timeLimit })).code !== 0) throw noMirror();
  const names = [
    ...(isBranchName(revision) ? [`${prefix}${revision}`] : []),
    ...(/^[0-9a-f]{7,64}$/i.test(revision) ? [revision.toLowerCase()] : []),
  ];
  for (const name of names) {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
    const { code, stdout } = await runGit(git, { gitDir, args, timeLimit });
    if (code === 0) return (await readCommits(git, gitDir, { commit: stdout.toString().trim(), skip: 0, limit: 1 }))[0];
  }
  return undefined;
}

/** What git allows as a name, so that none of its operators can be in it. */
function isBranchName(name: string): boolean {
  return name !== "" && name.length <= 255 && !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|^-|\/\/|\.lock$|\/$/.test(name);
}

function linesOf(output: Buffer): readonly string[] {
  return output
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function commitOf([id = "", seconds = "", author = "", subject = ""]: readonly string[]): GitCommit {
  return { id, committedAt: Number(seconds) * 1000, author: author.slice(0, 200), subject: subject.slice(0, 500) };
}

/** @param commit - as it was asked for */
export function unknownCommit(commit: string): RefusedError {
  return new RefusedError(
    "not-found",
    `commit ${commit} is not in the server's copy of the repository; sync the source`,
  );
}

/** There is no mirror yet, or it was swept. */
function noMirror(): RefusedError {
  return new RefusedError("not-found", "the server has no copy of the repository yet; sync the source");
}
