import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Thrown when another worker has the folder. */
export class FolderInUseError extends Error {}

/** The one place on disk where a worker keeps what must outlive it. */
interface WorkerFolder {
  readonly path: string;
  /** Chosen at the first start, the same ever after. */
  readonly workerId: string;
  readonly attempts: string;
  /** Folders for attempts to come. */
  readonly spare: string;
  readonly environments: string;
  readonly launcher: string;
  /** Lets another worker have the folder; the end of the process does so too. */
  release(): void;
}

/**
 * Makes the folder if need be (mode 0700) and takes it for this process alone.
 *
 * @throws FolderInUseError when another live process has it
 */
export function openWorkerFolder(path: string): WorkerFolder {
  const root = resolve(path);
  const part = (name: string): string => {
    mkdirSync(join(root, name), { recursive: true, mode: 0o700 });
    return join(root, name);
  };
  part(".");
  chmodSync(root, 0o700);
  const release = lock(root);
  return {
    path: root,
    workerId: keptId(root),
    attempts: part("attempts"),
    spare: part("spare"),
    environments: part("environments"),
    launcher: part("launcher"),
    release,
  };
}

/** Node has no file locks of its own; SQLite's exclusive mode holds a real one, which the kernel drops with the process. */
function lock(root: string): () => void {
  const holder = join(root, "worker.pid");
  const database = new DatabaseSync(join(root, "worker.lock"), { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch {
    database.close();
    const by = existsSync(holder) ? ` (process ${readFileSync(holder, "utf8").trim()})` : "";
    throw new FolderInUseError(
      `another worker${by} uses the folder ${root}: stop it, or give this one its own --folder`,
    );
  }
  writeFileSync(holder, `${process.pid}\n`);
  return () => database.close();
}

function keptId(root: string): string {
  const file = join(root, "worker-id");
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, `${randomUUID()}\n`, { flush: true });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, "utf8").trim();
}
