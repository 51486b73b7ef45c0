import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { environment, root } from "./root.ts";

export interface Command {
  /** Program and arguments; no shell. */
  readonly argv: readonly [string, ...string[]];
  /** Default: the root of the repository. */
  readonly folder?: string;
  /** In addition to the environment of every program. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Takes both outputs, in the order in which they were written. */
  readonly logFile: string;
  readonly seconds: number;
}

export interface Ended {
  readonly ok: boolean;
  /** One phrase, such as `exit code 1` or `still running after 60 s`; empty when `ok`. */
  readonly why: string;
  readonly seconds: number;
}

const grace = 3000;
const running = new Set<ChildProcess>();

/**
 * Runs a program in a process group of its own and waits for its end. What it leaves running in the group is ended too,
 * and so is all of it when its time is up.
 */
export async function runCommand(command: Command): Promise<Ended> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  mkdirSync(dirname(command.logFile), { recursive: true });
  const log = openSync(command.logFile, "w");
  const [program, ...args] = command.argv;
  const child = spawn(program, args, {
    cwd: command.folder ?? root,
    env: { ...environment, ...command.environment },
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);
  running.add(child);
  let late = false;
  const clock = setTimeout(() => {
    late = true;
    void endGroup(child);
  }, command.seconds * 1000);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    const why = late ? `still running after ${command.seconds} s` : code === 0 ? "" : reasonOf(code, signal);
    return { ok: why === "", why, seconds: seconds() };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error), seconds: seconds() };
  } finally {
    clearTimeout(clock);
    running.delete(child);
    signalGroup(child, "SIGKILL");
  }
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `ended by ${signal}` : `exit code ${code}`;
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // nobody is left
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, "SIGTERM");
  await pause(grace, undefined, { ref: false });
  signalGroup(child, "SIGKILL");
}

/** From now on a signal ends everything that {@link runCommand} has running, and then this process. */
export function endCommandsOnSignal(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      const exits = [...running].map((child) => once(child, "exit"));
      for (const child of running) signalGroup(child, "SIGTERM");
      const leave = () => {
        for (const child of running) signalGroup(child, "SIGKILL");
        process.exit(128 + constants.signals[signal]);
      };
      setTimeout(leave, grace).unref();
      void Promise.allSettled(exits).then(leave);
    });
  }
}
