import { type ChildProcess, spawn } from "node:child_process";

/** How git is run here. */
export interface GitProgram {
  /** Name or path of the program. */
  readonly program: string;
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface GitCall {
  /** The repository; git looks for no other. */
  readonly gitDir?: string;
  readonly args: readonly string[];
  /** Besides the program's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds; unset means none. */
  readonly timeLimit?: number;
  /** Bytes of its output that are taken; 16 MiB unless given. */
  readonly outputLimit?: number;
  readonly input?: AsyncIterable<Uint8Array>;
}

export interface GitResult {
  /** Null when it was ended by a signal. */
  readonly code: number | null;
  readonly stdout: Buffer;
  /** The last of what it said. */
  readonly stderr: string;
}

/** What git did not do within its limits. */
export class GitLimitError extends Error {
  override readonly name = "GitLimitError";
}

/**
 * Settings that no repository, user or machine can change: nothing of a repository is run, no other program asked for
 * credentials, no transport but these.
 */
const settings = [
  "protocol.allow=never",
  "protocol.http.allow=always",
  "protocol.https.allow=always",
  "protocol.ssh.allow=always",
  "protocol.ext.allow=never",
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.askPass=",
  "credential.helper=",
  "http.followRedirects=initial",
  "http.lowSpeedLimit=100",
  "http.lowSpeedTime=60",
  "fetch.recurseSubmodules=false",
  "submodule.recurse=false",
  // Commits of tasks that have not started stay, also when the branch has gone elsewhere.
  "gc.auto=0",
  "maintenance.auto=false",
  // A pack is there whole or not at all, which loose objects are not.
  "fetch.unpackLimit=1",
  "fastimport.unpackLimit=1",
  "transfer.fsckObjects=true",
  // Old and harmless in many repositories.
  ...["zeroPaddedFilemode", "badTimezone", "missingSpaceBeforeDate", "missingNameBeforeEmail", "missingEmail"].map(
    (check) => `fetch.fsck.${check}=ignore`,
  ),
  "i18n.logOutputEncoding=UTF-8",
  "tar.umask=0022",
].flatMap((setting) => ["-c", setting]);

/** Starts git in a process group of its own, so that its transports end with it. */
export function startGit(git: GitProgram, call: GitCall): ChildProcess {
  const args = [...settings, ...(call.gitDir === undefined ? [] : [`--git-dir=${call.gitDir}`]), ...call.args];
  return spawn(git.program, args, {
    // Files for ssh are named from here.
    cwd: git.env.HOME ?? "/",
    env: { ...git.env, ...call.env },
    stdio: [call.input ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  });
}

/** Ends git, unless it has ended, and whatever it has started. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // All of the group have ended.
  }
}
