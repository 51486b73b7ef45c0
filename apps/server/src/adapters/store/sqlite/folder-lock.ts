import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { RefusedError } from "#core/errors.ts";

/** Held until it is released, or the process is gone. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes a data folder for this process, by an exclusive transaction on a small database of its own: the operating system
 * drops that lock with the process, however it ends, so a lock is never stale.
 *
 * @throws RefusedError `unavailable` while another server has it
 */
export function lockFolder(folder: string): FolderLock {
  const ownerFile = join(folder, "lock.pid");
  const lock = new DatabaseSync(join(folder, "lock.db"), { timeout: 0 });
  try {
    lock.exec("pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    lock.close();
    if (error instanceof Error && /locked/.test(error.message)) throw takenError(folder, ownerFile);
    throw error;
  }
  writeFileSync(ownerFile, `${process.pid}\n`);
  return {
    release: () => {
      rmSync(ownerFile, { force: true });
      lock.close();
    },
  };
}

function takenError(folder: string, ownerFile: string): RefusedError {
  let owner = "";
  try {
    owner = ` (process ${readFileSync(ownerFile, "utf8").trim()})`;
  } catch {
    // It has just started and not written its number yet; what matters is that it is there.
  }
  return new RefusedError(
    "unavailable",
    `Another server${owner} uses the data folder ${folder}. Stop that one first, or give this one a folder of its own.`,
  );
}
