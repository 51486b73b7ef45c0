import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";

/** One process, as far as it matters for telling whose it is. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Names a process together with its number: clock ticks since boot. */
  readonly startTime: number;
  /** It ended and only its parent has not asked for its status yet. */
  readonly dead: boolean;
}

/** What the launcher puts into the environment of an attempt. */
export interface Cookie {
  readonly scope: string;
  readonly id: string;
}

/** Reads one process from /proc; undefined when there is none, or no /proc. */
export function readProcess(pid: number): Process | undefined {
  const line = readText(`/proc/${pid}/stat`);
  // The name in parentheses before the fields may hold spaces and parentheses.
  const fields = line?.slice(line.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined || fields.length < 20) return undefined;
  const at = (index: number) => Number(fields[index]);
  // The first thread of a process that lives on in other threads looks dead as well.
  const dead = (fields[0] === "Z" || fields[0] === "X") && at(17) <= 1;
  return { pid, parent: at(1), group: at(2), session: at(3), startTime: at(19), dead };
}

/** All processes that live. Lets the event loop turn in between; empty without /proc. */
export async function listProcesses(): Promise<Process[]> {
  const found: Process[] = [];
  for (const [index, name] of readNames("/proc").entries()) {
    if (index % 64 === 63) await turn();
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (process !== undefined && !process.dead) found.push(process);
  }
  return found;
}

/** The attempt that the environment of a process names; undefined when it names none or may not be read. */
export function readCookie(pid: number): Cookie | undefined {
  const pairs = readText(`/proc/${pid}/environ`)?.split("\0") ?? [];
  const value = (name: string) => pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  const [scope, id] = [value("TRIBUTARY_LAUNCHER"), value("TRIBUTARY_ATTEMPT")];
  return scope === undefined || id === undefined ? undefined : { scope, id };
}

/** Clock ticks since boot; without /proc, seconds since 1970. 0 when the process is not there. */
export function readStartTime(pid: number): number {
  const entry = readProcess(pid);
  if (entry !== undefined || process.platform === "linux") return entry?.startTime ?? 0;
  try {
    const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } } as const;
    return Date.parse(execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options).trim()) / 1000;
  } catch {
    return 0;
  }
}

/** The process number that the system gave out last, or -1. */
export function readYoungest(): number {
  return Number(readText("/proc/loadavg")?.trim().split(" ").at(-1) ?? -1);
}

/** The processes of a control group; none when it is not there. */
export function readGroup(folder: string): number[] {
  return (readText(join(folder, "cgroup.procs")) ?? "").split("\n").filter(Boolean).map(Number);
}

/** Signals a process, or a group by its negated number. False when there is none. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // Another user's process (EPERM) is there, and that is all that can be said.
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  return true;
}

/** The text of a small file; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
