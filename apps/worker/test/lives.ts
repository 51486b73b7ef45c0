import { readFileSync } from "node:fs";

/** True while a process with this number lives; one that only waits for its parent to notice its end does not. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
