import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of a few megabytes that can be filled and emptied. */
export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  /** @param megabytes - of all that is ever on it */
  constructor(megabytes: number) {
    this.folder = mkdtempSync(join(tmpdir(), "tributary-disk-"));
    this.#ballast = join(this.folder, "ballast");
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tributary-test", this.folder]);
  }

  /** Whether this system lets us have one. */
  static isPossible(): boolean {
    if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
    try {
      new SmallDisk(1).remove();
      return true;
    } catch {
      return false;
    }
  }

  /** Leaves no byte. */
  fill(): void {
    for (const size of [1_048_576, 4_096, 1]) {
      try {
        for (;;) writeFileSync(this.#ballast, Buffer.alloc(size), { flag: "a" });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  }

  /** Makes room. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  remove(): void {
    execFileSync("umount", ["-l", this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}
