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
import { dirname, join } from "node:path";
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
/** How long one that was given back may stand among those of attempts. */
const TIDY_MS = 500;

/** An empty folder that is nobody's. */
interface Spare {
  /** For a while still the name of the attempt before: two renamings cost more than one. An empty journal is nobody's. */
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
  #spares: Spare[] = [];
  /** Of folders that are in use, by their path. */
  readonly #stamps = new Map<string, Stamps>();
  #tidying: NodeJS.Timeout | undefined;

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
    const spare = this.#spareFor(path);
    if (spare === undefined) {
      make(path);
      return undefined;
    }
    if (spare.path !== path) renameSync(spare.path, path);
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
    if (!inUse && this.#spares.length < MOST_SPARES) {
      const unchanged = isUnchanged(path, before);
      // The journal first: from here on, nobody takes it for the attempt's.
      if ((unchanged || isClean(path)) && empty(path, journal, unchanged)) {
        this.#spares.push({ path, journal, stamps: unchanged ? before : undefined });
        this.#tidying ??= setTimeout(() => this.tidy(), TIDY_MS).unref();
        return;
      }
    }
    if (journal !== undefined) closeSync(journal);
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Takes away from among the attempts' folders those that are nobody's any more. */
  tidy(): void {
    clearTimeout(this.#tidying);
    this.#tidying = undefined;
    this.#spares = this.#spares.flatMap((spare): Spare[] => {
      if (dirname(spare.path) === this.#spare) return [spare];
      const path = this.#newSpare();
      try {
        renameSync(spare.path, path);
        return [{ ...spare, path }];
      } catch {
        // The next worker removes what has no journal to speak of.
        if (spare.journal !== undefined) closeSync(spare.journal);
        return [];
      }
    });
  }

  /** The one that stands where it is wanted, as its place is taken for any other; else the last, which the system knows best. */
  #spareFor(path: string): Spare | undefined {
    const there = this.#spares.findIndex((spare) => spare.path === path);
    return there < 0 ? this.#spares.pop() : this.#spares.splice(there, 1)[0];
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
