import { spawn } from "node:child_process";

interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the program is killed. */
  readonly timeoutMs?: number;
  /** Takes what it writes on stdout and stderr, as it comes. */
  readonly output?: (text: string) => void;
  /** Is told the number of the process, which is that of its group too. */
  readonly started?: (pid: number) => void;
}

/** How a program ended: its exit code, or what else became of it. */
export interface ProgramEnd {
  /** -1 when it was killed or could not be started. */
  readonly code: number;
  /** All that it wrote, at most the last 64 KiB. */
  readonly output: string;
}

/** Characters. */
export const KEPT_OUTPUT = 64 * 1024;

/**
 * Runs a program of the worker's own (never a task's) in a group of its own, and kills the whole group with SIGKILL
 * when the signal fires or the time is up. Never throws.
 */
export function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const { promise, resolve } = Promise.withResolvers<ProgramEnd>();
  if (options.signal?.aborted) return Promise.resolve({ code: -1, output: "" });
  let output = "";
  const child = spawn(file, args, {
    env: options.env,
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const kill = () => killGroup(child.pid);
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
  options.signal?.addEventListener("abort", kill, { once: true });
  if (child.pid !== undefined) options.started?.(child.pid);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_OUTPUT);
      options.output?.(text);
    });
  }
  const finish = (code: number) => {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", kill);
    resolve({ code, output });
  };
  child.on("error", () => finish(-1));
  child.on("exit", () => kill());
  child.on("close", (code) => finish(code ?? -1));
  return promise;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
