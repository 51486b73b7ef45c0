import { RefusedError } from "#core/errors.ts";
import { runGit } from "./collect-git.ts";
import type { GitProgram } from "./run-git.ts";
import { succeed } from "./succeed.ts";

const largest = 2 ** 20;
const timeLimit = 60_000;

/** @throws RefusedError `invalid` for what is not the full name of a commit, and so could be an option */
export function checkCommit(commit: string): void {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new RefusedError("invalid", "a commit is named by all of its hexadecimal digits");
  }
}

/**
 * The bytes of a file at a commit, 1 MiB at most; undefined where there is no file, or a link.
 *
 * @throws RefusedError `not-found` for a commit that is not in the mirror; `invalid` for a larger file
 */
export async function readBlob(
  git: GitProgram,
  gitDir: string,
  commit: string,
  path: string,
): Promise<Uint8Array | undefined> {
  checkCommit(commit);
  const listed = await runGit(git, {
    gitDir,
    args: ["ls-tree", "-z", "--long", "--full-tree", commit, "--", path],
    timeLimit,
  });
  if (listed.code !== 0) {
    throw new RefusedError(
      "not-found",
      `commit ${commit} is not in the server's copy of the repository; sync the source`,
    );
  }
  const entry = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t([^\0]*)\0$/.exec(listed.stdout.toString("utf8"));
  const [, mode = "", type, name = "", size, found] = entry ?? [];
  // A link has the type of a file, and the mode 120000.
  if (type !== "blob" || !mode.startsWith("100") || found !== path) return undefined;
  if (Number(size) > largest) {
    throw new RefusedError("invalid", `${path} has ${size} bytes; at most ${largest} are read`);
  }
  const { stdout } = await succeed(git, { gitDir, args: ["cat-file", "blob", name], timeLimit, outputLimit: largest });
  return stdout;
}
