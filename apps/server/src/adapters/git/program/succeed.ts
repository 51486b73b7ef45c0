import { runGit } from "./collect-git.ts";
import type { GitCall, GitProgram, GitResult } from "./run-git.ts";

/** Git failed at what always succeeds with a mirror that is whole. */
export class GitFailedError extends Error {
  override readonly name = "GitFailedError";
  readonly stderr: string;

  constructor(command: string, stderr: string) {
    super(`git ${command} failed: ${stderr.trim().slice(-300)}`);
    this.stderr = stderr;
  }
}

/** @throws GitFailedError; otherwise as {@link runGit} */
export async function succeed(git: GitProgram, call: GitCall): Promise<GitResult> {
  const result = await runGit(git, call);
  if (result.code !== 0) throw new GitFailedError(call.args[0] ?? "", result.stderr);
  return result;
}

const damage = [
  /object file .* is empty/,
  /(loose object|packfile) .* (is corrupt|cannot be accessed|does not match)/,
  /bad object|invalid object|unable to read tree|inflate: data stream error/,
  /did not send all necessary objects/,
  /not a git repository: /,
  /cannot lock ref .*(unable to resolve|reference broken)/,
];

/** Whether git complains of its own files, as after a power cut, rather than of the remote repository. */
export function isDamage(stderr: string): boolean {
  return damage.some((says) => says.test(stderr));
}
