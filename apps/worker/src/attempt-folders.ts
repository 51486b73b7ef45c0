import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  type Dirent,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  truncateSync,
} from "node:fs";
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
/** File systems tell times in steps, of up to some milliseconds: two changes within a step look like one. */
const STEP_MS = 50;

/** An empty folder that is nobody's. */
interface Spare {
  readonly path: string;
  /** Of its journal, which is empty, where that is open. */
  readonly journal: number | undefined;
  readonly stamps: Stamps | undefined;
}

/** When a folder and those in it were last changed, where a later change would show. */
type Stamps = readonly number[];

/**
 * The folders of attempts. Making and removing files takes most of the time of an attempt that does next to nothing, on
 * some file systems many times more than its process: so a folder that an attempt left empty is used again, and some are
 * made ahead.
 */
export class AttemptFolders {
  readonly #attempts: string;
  readonly #spare: string;
  readonly #spares: Spare[] = [];
  /** Of folders that are in use, by their path. */
  readonly #stamps = new Map<string, Stamps>();

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
    this.#spares.push(...paths.map((path) => ({ path, journal: undefined, stamps: undefined })));
  }

  /** The keys of the attempts that have a folder. */
  keys(): string[] {
    return readdirSync(this.#attempts);
  }

  /** Where an attempt's folder is. */
  of(key: string): AttemptFolder {
    return attemptFolder(this.#attempts, key);
  }

  /**
   * An empty folder for a new attempt.
   *
   * @returns its journal, which is empty, where that is open
   * @throws Error when it cannot be made
   */
  take(key: string): number | undefined {
    const { path } = this.of(key);
    const spare = this.#spares.pop();
    if (spare === undefined) {
      make(path);
      return undefined;
    }
    renameSync(spare.path, path);
    const stamps = spare.stamps ?? readStamps(path);
    if (stamps) this.#stamps.set(path, stamps);
    return spare.journal;
  }

  /**
   * The attempt is gone.
   *
   * @param journal - its journal, which is open
   * @param inUse - something may still live in the folder
   */
  async giveBack({ path }: AttemptFolder, journal: number | undefined, inUse: boolean): Promise<void> {
    const before = this.#stamps.get(path);
    this.#stamps.delete(path);
    let left = path;
    if (!inUse && this.#spares.length < MOST_SPARES) {
      const unchanged = isUnchanged(path, before);
      if (unchanged || isClean(path)) {
        left = this.#newSpare();
        // First: from here on, nobody takes it for the attempt's.
        renameSync(path, left);
        if (empty(left, journal, unchanged)) {
          this.#spares.push({ path: left, journal, stamps: unchanged ? before : undefined });
          return;
        }
      }
    }
    if (journal !== undefined) closeSync(journal);
    await rm(left, { recursive: true, force: true, maxRetries: 3 });
  }

  #newSpare(): string {
    return join(this.#spare, randomUUID());
  }
}

function make(path: string): void {
  for (const folder of [path, ...FOLDERS.map((name) => join(path, name))]) mkdirSync(folder, { mode: 0o700 });
  for (const file of FILES) closeSync(openSync(join(path, file), "wx", 0o600));
}

/** Undefined while the last change is so recent that another one might look the same. */
function readStamps(path: string): Stamps | undefined {
  // A rename changes when the folder itself was changed, but not when what is in it was.
  const stamps = [lstatSync(path).mtimeMs, ...FOLDERS.map((name) => lstatSync(`${path}/${name}`).ctimeMs)];
  const settled = Date.now() - STEP_MS;
  return stamps.every((at) => at < settled) ? stamps : undefined;
}

function isUnchanged(path: string, before: Stamps | undefined): boolean {
  try {
    return before !== undefined && (readStamps(path)?.every((at, index) => at === before[index]) ?? false);
  } catch {
    return false;
  }
}

/** False when it cannot be made as new. */
function empty(path: string, journal: number | undefined, unchanged: boolean): boolean {
  try {
    if (journal === undefined) truncateSync(join(path, JOURNAL_FILE));
    else ftruncateSync(journal);
    if (lstatSync(`${path}/${FIRST_SEGMENT}`).size > 0) truncateSync(join(path, FIRST_SEGMENT));
    if (!unchanged) for (const name of FOLDERS) chmodSync(join(path, name), 0o700);
    return true;
  } catch {
    return false;
  }
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
