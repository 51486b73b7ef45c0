import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, type Dirent, mkdirSync, openSync, readdirSync, renameSync, truncateSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AttemptFolder, attemptFolder } from "./attempt-folder.ts";
import { JOURNAL_FILE } from "./journal.ts";
import { FIRST_SEGMENT } from "./output/spool.ts";

const FOLDERS = ["work", "home", "tmp"];
const FILES = [JOURNAL_FILE, FIRST_SEGMENT];
const PIPES = ["out", "err"];
const MOST_SPARES = 64;
const MOST_PREPARED = 16;

/**
 * The folders of attempts. Making and removing files takes most of the time of an attempt that does next to nothing, on
 * some file systems many times more than its process: so a folder that an attempt left empty is used again, and some are
 * made ahead.
 */
export class AttemptFolders {
  readonly #attempts: string;
  readonly #spare: string;
  readonly #spares: string[] = [];

  /** Both folders exist, on one file system. */
  constructor(attempts: string, spare: string) {
    this.#attempts = attempts;
    this.#spare = spare;
  }

  /** Removes what is left of an earlier worker's, and makes some for that many attempts at a time. */
  async prepare(attempts: number): Promise<void> {
    for (const name of readdirSync(this.#spare)) await rm(join(this.#spare, name), { recursive: true, force: true });
    const count = Math.min(attempts + 1, MOST_PREPARED);
    const paths = Array.from({ length: count }, () => this.#newSpare());
    for (const path of paths) make(path);
    // Optional: the launcher makes those that are not there, and removes those that it made.
    const pipes = paths.flatMap((path) => PIPES.map((pipe) => join(path, pipe)));
    await promisify(execFile)("mkfifo", ["-m", "600", ...pipes]).catch(() => undefined);
    this.#spares.push(...paths);
  }

  /** The keys of the attempts that have a folder. */
  keys(): string[] {
    return readdirSync(this.#attempts);
  }

  /** Where an attempt's folder is. */
  of(key: string): AttemptFolder {
    return attemptFolder(this.#attempts, key);
  }

  /** An empty folder for a new attempt, with an empty journal. @throws Error when it cannot be made */
  take(key: string): AttemptFolder {
    const folder = this.of(key);
    const spare = this.#spares.pop();
    if (spare === undefined) make(folder.path);
    else renameSync(spare, folder.path);
    return folder;
  }

  /** The attempt is gone. @param inUse - something may still live in the folder */
  async giveBack({ path }: AttemptFolder, inUse: boolean): Promise<void> {
    if (!inUse && this.#spares.length < MOST_SPARES && isClean(path)) {
      const spare = this.#newSpare();
      // First: from here on, nobody takes it for the attempt's.
      renameSync(path, spare);
      if (empty(spare)) {
        this.#spares.push(spare);
        return;
      }
      await rm(spare, { recursive: true, force: true, maxRetries: 3 });
    } else await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  #newSpare(): string {
    return join(this.#spare, randomUUID());
  }
}

function make(path: string): void {
  for (const folder of [path, ...FOLDERS.map((name) => join(path, name))]) mkdirSync(folder, { mode: 0o700 });
  for (const file of FILES) closeSync(openSync(join(path, file), "wx", 0o600));
}

/** Whether there is nothing but what {@link make} made, as it made it. */
function isClean(path: string): boolean {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && FOLDERS.includes(entry.name));
    const files = entries.filter((entry) => entry.isFile() && FILES.includes(entry.name));
    const whole = folders.length === FOLDERS.length && files.length === FILES.length;
    const others = entries.length - folders.length - files.length - entries.filter(isPipe).length;
    return whole && others === 0 && FOLDERS.every((name) => readdirSync(join(path, name)).length === 0);
  } catch {
    return false;
  }
}

function isPipe(entry: Dirent): boolean {
  return entry.isFIFO() && PIPES.includes(entry.name);
}

/** False when it cannot be made as new. */
function empty(path: string): boolean {
  try {
    for (const name of FOLDERS) chmodSync(join(path, name), 0o700);
    for (const name of FILES) truncateSync(join(path, name));
    return true;
  } catch {
    return false;
  }
}
