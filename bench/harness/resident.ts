import { execFileSync } from "node:child_process";

/** Resident memory of a process, in megabytes (2^20). */
export function residentMegabytes(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}
