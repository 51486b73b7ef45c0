import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Ends the worker of a data folder, which outlives its server by a minute. */
export function endWorkerOf(dataFolder: string): void {
  try {
    const pid = Number.parseInt(readFileSync(join(dataFolder, "worker/worker.pid"), "utf8"), 10);
    if (pid > 1) process.kill(pid, "SIGTERM");
  } catch {
    // It has gone.
  }
}
