import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LocalWorker } from "#core/ports/local-worker.ts";

export interface LocalWorkerOptions {
  /** The worker program. */
  readonly program: string;
  /** Its folder. */
  readonly folder: string;
  /** The server's unix socket. */
  readonly socketPath: string;
  readonly name: string;
  readonly slots: number | undefined;
  /** Of an attempt at a time; 0 means any number. */
  readonly processes: number;
  /** Folder of Python environments, where it is not in the worker's own. */
  readonly environments?: string | undefined;
  /** What it has besides processors and memory, in units. */
  readonly offers: Readonly<Record<string, number>>;
  /** How it runs containers: `--containers`, and options separated by spaces. */
  readonly containers: { readonly wanted: string; readonly engineOptions: string; readonly containerOptions: string };
  /** What it keeps on its machine: days or hours, and GiB. */
  readonly keep: {
    readonly environmentDays: number;
    readonly environmentGib: number;
    readonly failedHours: number;
    readonly failedGib: number;
  };
  /** What it sees of the server's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the worker of this machine as a process of its own that outlives the server. A second one in the same folder
 * ends by itself, so that starting it too often does no harm.
 */
export function localWorkerProcess(options: LocalWorkerOptions): LocalWorker {
  let started: ChildProcess | undefined;
  return {
    async ensure() {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      const log = await open(join(options.folder, "worker.log"), "a", 0o600);
      try {
        const child = spawn(process.execPath, argumentsOf(options), {
          detached: true,
          stdio: ["ignore", log.fd, log.fd],
          cwd: options.folder,
          env: options.environment,
        });
        await new Promise((resolve, reject) => {
          child.once("spawn", resolve);
          child.once("error", reject);
        });
        child.unref();
        started = child;
      } finally {
        await log.close();
      }
    },
    async lives() {
      // Until it has the folder its number is nowhere.
      if (started && started.exitCode === null && started.signalCode === null) return true;
      const text = await readFile(join(options.folder, "worker.pid"), "utf8").catch(() => "");
      return isThere(Number.parseInt(text, 10));
    },
  };
}

function isThere(pid: number): boolean {
  if (!(pid > 1)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's is there, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function argumentsOf(options: LocalWorkerOptions): string[] {
  const { program, folder, socketPath, name, slots, processes, offers, containers, environments, keep } = options;
  return [
    program,
    ...["--server", `unix:${socketPath}`],
    ...["--data", folder],
    ...["--name", name],
    ...["--model-sockets", dirname(socketPath)],
    ...["--processes", String(processes)],
    ...Object.entries(offers).flatMap(([offer, amount]) => ["--offer", `${offer}=${amount}`]),
    ...["--containers", containers.wanted],
    ...(containers.engineOptions ? [`--engine-options=${containers.engineOptions}`] : []),
    ...(containers.containerOptions ? [`--container-options=${containers.containerOptions}`] : []),
    ...["--environment-days", String(keep.environmentDays)],
    ...["--environment-gib", String(keep.environmentGib)],
    ...["--failed-hours", String(keep.failedHours)],
    ...["--failed-gib", String(keep.failedGib)],
    ...(environments ? ["--environments", environments] : []),
    ...(slots === undefined ? [] : ["--slots", String(slots)]),
  ];
}
