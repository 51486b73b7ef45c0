import { once } from "node:events";
import { RefusedError } from "#core/errors.ts";
import { keepTail } from "./collect-git.ts";
import { checkCommit } from "./read-blob.ts";
import { type GitProgram, killGroup, startGit } from "./run-git.ts";

/**
 * The files of a commit as tar, as fast as they are taken.
 *
 * @throws RefusedError `not-found` for a commit that is not in the mirror
 */
export async function* archiveCommit(
  git: GitProgram,
  gitDir: string,
  commit: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  checkCommit(commit);
  signal.throwIfAborted();
  const child = startGit(git, { gitDir, args: ["archive", "--format=tar", commit] });
  const kill = () => killGroup(child);
  signal.addEventListener("abort", kill);
  try {
    const stderr = keepTail(child);
    const ended = once(child, "close") as Promise<[number | null]>;
    // Told of below, when the output has been read.
    ended.catch(() => {});
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) yield chunk;
    const [code] = await ended;
    signal.throwIfAborted();
    if (code !== 0) throw explain(stderr(), commit);
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
  }
}

function explain(stderr: string, commit: string): Error {
  if (/not a valid object name|bad object|not a tree object|not a git repository/i.test(stderr)) {
    return new RefusedError(
      "not-found",
      `commit ${commit} is not in the server's copy of the repository; sync the source`,
    );
  }
  return new Error(`git archive failed: ${stderr.trim().slice(-300)}`);
}
