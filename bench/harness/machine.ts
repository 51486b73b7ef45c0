import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { median } from "./statistics.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

/** What numbers depend on: a phrase each. */
export async function describeMachine(): Promise<readonly string[]> {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() || "unknown processor";
  return [
    `${availableParallelism()} processors (${model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `${type()} ${release()}, Node ${process.versions.node}`,
    `fdatasync of 4 KiB: ${(await syncTime()).toFixed(2)} ms`,
    `load average at the start: ${loadavg()[0]?.toFixed(1)}`,
  ];
}

/** Whether others use the machine so much that numbers say little. */
export function isBusy(): boolean {
  return (loadavg()[0] ?? 0) > 0.5 * availableParallelism();
}

async function syncTime(): Promise<number> {
  return withTemporaryFolder(async (folder) => {
    const file = openSync(join(folder, "sync"), "w");
    const page = Buffer.alloc(4_096, 1);
    const times = Array.from({ length: 200 }, () => {
      const started = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      return performance.now() - started;
    });
    closeSync(file);
    return median(times);
  });
}
