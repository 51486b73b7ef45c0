import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** Mounts a disk of a few MiB in memory; undefined, after a line that says why, where this process may not mount. */
export function mountTmpfs(folder: string, mib: number): { unmount(): void } | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mib}m,mode=700`, "none", folder], { stdio: "pipe" });
  } catch (error) {
    console.warn(`skipped: full disks, as no tmpfs can be mounted (${error instanceof Error ? error.message : error})`);
    return undefined;
  }
  return { unmount: () => execFileSync("umount", ["-l", folder]) };
}
