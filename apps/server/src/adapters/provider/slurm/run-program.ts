import { execFile } from "node:child_process";

export interface ProgramOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What it reads. */
  readonly input?: string;
}

/** Milliseconds that Slurm's controller may take to answer. */
const patience = 60_000;

/**
 * Runs one of Slurm's programs.
 *
 * @returns what it printed
 * @throws Error with what it said is wrong
 */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const settings = { env: options.environment, timeout: patience, maxBuffer: 64 << 20 };
  const child = execFile(program, args, settings, (error, stdout, stderr) => {
    if (error) reject(new Error(explain(program, error, stderr)));
    else resolve(stdout);
  });
  // One that ends before it has read all says why by itself.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(options.input ?? "");
  return promise;
}

function explain(program: string, error: Error & { code?: unknown; killed?: boolean }, stderr: string): string {
  if (error.code === "ENOENT") {
    return `${program} was not found on the machine of the server: install Slurm's client programs (Debian: slurm-client)`;
  }
  if (error.killed) return `${program} did not answer within ${patience / 1000} s`;
  const lines = stderr.split("\n").flatMap((line) => line.replace(/^(\w+: )?(error|fatal): /, "").trim() || []);
  const said = [...new Set(lines)].join("; ").slice(0, 1_000);
  return said === "" ? `${program} ended with ${String(error.code)}` : `${program}: ${said}`;
}
