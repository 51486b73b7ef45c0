import { existsSync, mkdirSync, readdirSync, renameSync, statSync, utimesSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { folderSize } from "./usage/folder-size.ts";

/** How long and how much is kept. */
export interface FailedRetention {
  /** 0 keeps nothing. */
  readonly maxAgeMs: number;
  /** Infinity for any. */
  readonly maxBytes: number;
}

/** Of an attempt's folder, what its process wrote; pipes, journal and private environment are of no use to anybody. */
const KEPT = ["work"];

/** The files that failed attempts left, kept for a while to be looked at. */
export class FailedFolders {
  readonly #folder: string;
  readonly #retention: FailedRetention;
  #sweeping: Promise<void> = Promise.resolve();

  /** @param folder - exists, on the file system of the attempts */
  constructor(folder: string, retention: FailedRetention) {
    this.#folder = folder;
    this.#retention = retention;
  }

  /** Where the files of an attempt will be kept; undefined when it left none, or none are kept. */
  placeFor(key: string, attemptFolder: string): string | undefined {
    if (this.#retention.maxAgeMs === 0 || !KEPT.some((name) => isFilled(join(attemptFolder, name)))) return undefined;
    return join(this.#folder, key);
  }

  /** Takes the files out of an attempt's folder, of which nothing lives any more. */
  keep(key: string, attemptFolder: string): void {
    const place = join(this.#folder, key);
    mkdirSync(place, { mode: 0o700, recursive: true });
    for (const name of KEPT)
      if (existsSync(join(attemptFolder, name))) renameSync(join(attemptFolder, name), join(place, name));
    utimesSync(place, new Date(), new Date());
    void this.sweep();
  }

  /** Removes those that are old, and the oldest that are too much together. Never rejects. */
  sweep(): Promise<void> {
    const sweep = () => this.#sweep().catch(() => undefined);
    this.#sweeping = this.#sweeping.then(sweep);
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { maxAgeMs, maxBytes } = this.#retention;
    const kept = [];
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      kept.push({ path, at: statSync(path).mtimeMs, bytes: await folderSize(path) });
    }
    kept.sort((a, b) => a.at - b.at);
    let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, at, bytes } of kept) {
      if (total <= maxBytes && Date.now() - at <= maxAgeMs) break;
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      total -= bytes;
    }
  }
}

function isFilled(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}
