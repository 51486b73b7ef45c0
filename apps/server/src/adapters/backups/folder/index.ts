import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "#core/errors.ts";
import type { Backup, Backups } from "#core/ports/backups.ts";
import { codeOf, unlessMissing } from "./copy-files.ts";
import { readManifest } from "./manifest.ts";
import { type BackupParts, toBackup, writeBackup } from "./write-backup.ts";

export interface FolderBackupsOptions {
  /** Where backups are; made with the first. */
  readonly folder: string;
  readonly parts: Omit<BackupParts, "copyStore">;
  /** Of the server, and of the store's tables. */
  readonly version: string;
  readonly tables: number;
  /** Where objects are kept; for people. */
  readonly objectsPlace: string;
}

/** Backups in folders of this machine, a folder each. */
export function folderBackups(options: FolderBackupsOptions): Backups {
  const { folder, parts, version, tables, objectsPlace } = options;
  return {
    place: folder,
    async *create({ now, copyStore }, signal) {
      await tidy(folder);
      const name = new Date(now).toISOString().replace(/[:.]/g, "-");
      const objects = { included: parts.objects !== undefined, place: objectsPlace };
      try {
        return yield* writeBackup(
          join(folder, name),
          { ...parts, copyStore },
          { version, tables, createdAt: now, objects },
          signal,
        );
      } catch (error) {
        if (codeOf(error) !== "ENOSPC" && codeOf(error) !== "EDQUOT") throw error;
        throw new RefusedError("exhausted", `there is no room for a backup in ${folder}; make room and try again`);
      }
    },
    async list() {
      const names = (await unlessMissing(readdir(folder))) ?? [];
      const backups = await Promise.all(names.map((name) => read(join(folder, name))));
      return backups.filter((backup) => backup !== undefined).sort((a, b) => b.createdAt - a.createdAt);
    },
  };
}

/** Removes what a server that ended has left half written. */
async function tidy(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    if (name.endsWith(".unfinished")) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function read(path: string): Promise<Backup | undefined> {
  try {
    return toBackup(path, await readManifest(path));
  } catch {
    return undefined;
  }
}
