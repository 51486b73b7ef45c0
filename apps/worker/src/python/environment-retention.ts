import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { rm, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { tryLock } from "../file-lock.ts";
import { folderSize } from "../usage/folder-size.ts";
import { killLeftBuild } from "./build-environment.ts";
import { hasUsers } from "./environment-users.ts";

/** How long environments are kept after their last use, and how much room they may take together. */
export interface EnvironmentRetention {
  readonly maxAgeMs: number;
  /** Infinity for any. */
  readonly maxBytes: number;
}

/** In the folder of an environment: which of its builds is good, and how large it is. */
export const READY = "ready";
const SIZE = "size";
/** Beside the environments. */
const LOCKS = ".locks";

/** The lock of an environment. Its file stays, since nobody may wait for a lock on a file that is not there any more. */
export function lockOf(folder: string): string {
  const locks = join(dirname(folder), LOCKS);
  mkdirSync(locks, { recursive: true, mode: 0o700 });
  return join(locks, basename(folder));
}

interface Kept {
  readonly folder: string;
  readonly usedAt: number;
  readonly bytes: number;
}

/**
 * Removes what broken-off builds left, environments that nobody used for long, and the least recently used ones that are
 * too much together. Those in use stay, as does what another worker builds.
 *
 * @param inUse - folders that stay whatever is noted there
 * @returns bytes that are kept
 */
export async function sweepEnvironments(
  root: string,
  { maxAgeMs, maxBytes }: EnvironmentRetention,
  inUse: ReadonlySet<string> = new Set(),
): Promise<number> {
  const kept: Kept[] = [];
  for (const key of readdirSync(root).filter((name) => !name.startsWith("."))) {
    const folder = join(root, key);
    await removeBroken(folder);
    const { mtimeMs: usedAt } = statSync(folder, { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
    kept.push({ folder, usedAt, bytes: await sizeOf(folder) });
  }
  kept.sort((a, b) => a.usedAt - b.usedAt);
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { folder, usedAt, bytes } of kept) {
    const due = total > maxBytes || Date.now() - usedAt > maxAgeMs;
    if (due && !inUse.has(folder) && (await removeUnused(folder))) total -= bytes;
  }
  return total;
}

/** Removes builds that did not come to their end. Call it with the lock, or nobody else may be there. */
export async function clearBuilds(folder: string): Promise<void> {
  for (const build of unready(folder)) {
    killLeftBuild(join(folder, build));
    await rm(join(folder, build), { recursive: true, force: true, maxRetries: 3 });
  }
}

function unready(folder: string): string[] {
  const ready = existsSync(join(folder, READY)) ? readFileSync(join(folder, READY), "utf8") : "";
  return readdirSync(folder).filter((name) => name.startsWith("build-") && name !== ready);
}

async function removeBroken(folder: string): Promise<void> {
  // Without need, the lock would only be in the way of those who use it.
  if (unready(folder).length === 0) return;
  const release = tryLock(lockOf(folder));
  if (!release) return;
  try {
    await clearBuilds(folder);
  } finally {
    release();
  }
}

async function removeUnused(folder: string): Promise<boolean> {
  const release = tryLock(lockOf(folder));
  if (!release) return false;
  try {
    if (hasUsers(folder)) return false;
    // First what says that it may be used: from here on nobody does, should this be cut off.
    await rm(join(folder, READY), { force: true });
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    return true;
  } finally {
    release();
  }
}

/** Measured once, as what is ready does not grow. */
async function sizeOf(folder: string): Promise<number> {
  const file = join(folder, SIZE);
  if (existsSync(file)) return Number(readFileSync(file, "utf8")) || 0;
  const bytes = await folderSize(folder);
  if (existsSync(join(folder, READY))) {
    const { atime, mtime } = statSync(folder);
    writeFileSync(file, String(bytes));
    await utimes(folder, atime, mtime);
  }
  return bytes;
}
