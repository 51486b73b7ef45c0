import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { tryLock } from "./file-lock.ts";

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
  /** Files of attempts, as the server sent them. */
  readonly inputs: string;
  /** What failed attempts left. */
  readonly failed: string;
  readonly launcher: string;
  /** Lets another worker have the folder; the end of the process does so too. */
  release(): void;
}

/**
 * Makes the folder if need be (mode 0700) and takes it for this process alone.
 *
 * @param environments - a folder for Python environments that other workers may use too, instead of one of its own
 * @throws FolderInUseError when another live process has it
 */
export function openWorkerFolder(path: string, environments?: string): WorkerFolder {
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
    environments: environments === undefined ? part("environments") : shared(environments),
    inputs: part("inputs"),
    failed: part("failed"),
    launcher: part("launcher"),
    release,
  };
}

/** May be in use by other workers of the same user. */
function shared(path: string): string {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function lock(root: string): () => void {
  const holder = join(root, "worker.pid");
  const release = tryLock(join(root, "worker.lock"));
  if (!release) {
    const by = existsSync(holder) ? ` (process ${readFileSync(holder, "utf8").trim()})` : "";
    throw new FolderInUseError(`another worker${by} uses the folder ${root}: stop it, or give this one its own --data`);
  }
  writeFileSync(holder, `${process.pid}\n`);
  return release;
}

function keptId(root: string): string {
  const file = join(root, "worker-id");
  if (!existsSync(file)) {
    writeFileSync(`${file}.new`, `${randomUUID()}\n`, { flush: true });
    renameSync(`${file}.new`, file);
  }
  return readFileSync(file, "utf8").trim();
}
