import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { type GitCall, GitLimitError, type GitProgram, type GitResult, killGroup, startGit } from "./run-git.ts";

const keptStderr = 65_536;
const mostOutput = 16 * 2 ** 20;

/**
 * Runs git to its end.
 *
 * @throws the signal's reason when it aborts; GitLimitError; an error with code ENOENT when there is no git
 */
export async function runGit(git: GitProgram, call: GitCall): Promise<GitResult> {
  call.signal?.throwIfAborted();
  const child = startGit(git, call);
  const limit = new AbortController();
  const stop = stopper(child, call, limit);
  try {
    const stderr = keepTail(child);
    const stdout = collect(child, call.outputLimit ?? mostOutput, limit);
    const fed = feed(child, call.input);
    // Told of below, unless git could not be started.
    fed.catch(() => {});
    // `close` comes when it has ended and all of its output is read.
    const [code] = (await once(child, "close")) as [number | null];
    await fed;
    call.signal?.throwIfAborted();
    limit.signal.throwIfAborted();
    return { code, stdout: Buffer.concat(stdout), stderr: stderr() };
  } finally {
    stop();
  }
}

/** Kills git when it is told to, or over a limit; call the answer when it has ended. */
function stopper(child: ChildProcess, { signal, timeLimit }: GitCall, limit: AbortController): () => void {
  const kill = () => killGroup(child);
  signal?.addEventListener("abort", kill);
  limit.signal.addEventListener("abort", kill);
  const timer =
    timeLimit === undefined
      ? undefined
      : setTimeout(() => limit.abort(new GitLimitError(`not done after ${timeLimit / 1000} s`)), timeLimit);
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    kill();
  };
}

function collect(child: ChildProcess, most: number, limit: AbortController): Buffer[] {
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) limit.abort(new GitLimitError(`more than ${most} bytes of output`));
    else chunks.push(chunk);
  });
  return chunks;
}

/** The last of what it says, while it says it. */
export function keepTail(child: ChildProcess): () => string {
  let kept = Buffer.alloc(0);
  child.stderr?.on("data", (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-keptStderr);
  });
  return () => kept.toString("utf8");
}

async function feed(child: ChildProcess, input: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  if (!input || !child.stdin) return;
  try {
    await pipeline(input, child.stdin);
  } catch (error) {
    // Git says itself why it did not read on.
    if (
      !(
        error instanceof Error &&
        "code" in error &&
        (error.code === "EPIPE" || error.code === "ERR_STREAM_PREMATURE_CLOSE")
      )
    ) {
      killGroup(child);
      throw error;
    }
  }
}
