import { RefusedError } from "#core/errors.ts";
import type { GitEntry } from "#core/ports/git.ts";
import { runGit } from "./collect-git.ts";
import { checkCommit } from "./read-blob.ts";
import { findCommit, unknownCommit } from "./read-revisions.ts";
import { GitLimitError, type GitProgram } from "./run-git.ts";

const timeLimit = 60_000;
/** About 400,000 entries. */
const outputLimit = 32 * 2 ** 20;

const kinds: Readonly<Record<string, GitEntry["kind"]>> = {
  "040000": "folder",
  "100644": "file",
  "100664": "file",
  "100755": "executable",
  "120000": "link",
  "160000": "submodule",
};

/**
 * What a folder has at a commit, in git's order; undefined where there is no folder.
 *
 * @param path - of the folder from the root, without a slash at its end; empty for the root itself
 */
export async function readFolder(
  git: GitProgram,
  gitDir: string,
  commit: string,
  path: string,
): Promise<readonly GitEntry[] | undefined> {
  checkCommit(commit);
  const result = await runGit(git, {
    gitDir,
    args: ["ls-tree", "-z", "--long", path === "" ? commit : `${commit}:${path}`],
    timeLimit,
    outputLimit,
  }).catch((error: unknown) => {
    if (!(error instanceof GitLimitError)) throw error;
    throw new RefusedError("exhausted", `path: the folder has too many files to be listed`, "path");
  });
  if (result.code === 0) return entriesOf(result.stdout);
  if ((await findCommit(git, gitDir, commit)) === undefined) throw unknownCommit(commit);
  return undefined;
}

function entriesOf(output: Buffer): readonly GitEntry[] {
  return output
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const [, mode = "", size = "", name] = /^(\d{6}) \w+ [0-9a-f]+ +(\d+|-)\t(.*)$/s.exec(line) ?? [];
      if (name === undefined) return [];
      return { name, kind: kinds[mode] ?? "file", size: size === "-" ? 0 : Number(size) };
    });
}
