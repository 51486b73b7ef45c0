import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** As the kernel has it: a NUL behind each. */
  readonly environment: string;
  readonly line: string;
}

async function readProcess(pid: number): Promise<Process | undefined> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, "utf8");
  try {
    const [stat, environment, line] = await Promise.all([read("stat"), read("environ"), read("cmdline")]);
    // The name in parentheses may have any characters, parentheses among them.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    return { pid, parent, environment, line };
  } catch {
    return undefined;
  }
}

async function allProcesses(): Promise<readonly Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const read = await Promise.all(pids.map(readProcess));
  return read.filter((one) => one !== undefined);
}

/** Processes of this machine, but for this one. */
export async function processesOf(matches: (process: Process) => boolean): Promise<readonly number[]> {
  return (await allProcesses()).filter((one) => one.pid !== process.pid && matches(one)).map(({ pid }) => pid);
}

/**
 * These, what Slurm has to watch them, the launchers that their workers have started, and all that descends from them;
 * those that watch come first.
 */
export async function familyOf(pids: readonly number[]): Promise<readonly number[]> {
  const all = await allProcesses();
  const parents = new Set(all.filter(({ pid }) => pids.includes(pid)).map(({ parent }) => parent));
  const watchers = all.filter(({ pid, line }) => parents.has(pid) && line.startsWith("slurmstepd"));
  const family = new Set([...watchers.map(({ pid }) => pid), ...pids]);
  const folders = all.flatMap(({ pid, line }) => {
    const parts = line.split("\0");
    const folder = parts[parts.indexOf("--data") + 1];
    return family.has(pid) && parts.includes("--data") && folder ? [folder] : [];
  });
  for (const { pid, line } of all) {
    if (pid !== process.pid && folders.some((folder) => line.includes(`${folder}/`))) family.add(pid);
  }
  for (let grown = 0; grown !== family.size; ) {
    grown = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  family.delete(process.pid);
  return [...family];
}

/** Ends them at once, and returns when they are gone. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  const signal = (pid: number, name: NodeJS.Signals | 0) => {
    try {
      process.kill(pid, name);
      return true;
    } catch {
      return false;
    }
  };
  for (const pid of pids) signal(pid, "SIGKILL");
  for (let tries = 0; tries < 100; tries++) {
    const states = await Promise.all(pids.map(stateOf));
    if (states.every((state) => state === undefined || state === "Z")) return;
    await sleep(50);
  }
}

async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[0];
}
