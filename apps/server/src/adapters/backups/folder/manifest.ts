import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "#core/errors.ts";

/** What a backup says of itself; the last of its files that is written. */
export interface Manifest {
  readonly format: 1;
  /** Of the server. */
  readonly version: string;
  /** Of the store's tables. */
  readonly tables: number;
  readonly createdAt: number;
  readonly files: number;
  readonly bytes: number;
  /** Objects are in the folder, or only where they are kept. */
  readonly objects: { readonly included: boolean; readonly place: string };
  /** SHA-256 of the list of files. */
  readonly checksums: string;
}

export const manifestName = "backup.json";
/** A line a file: SHA-256, size and path, with spaces between. */
export const checksumsName = "checksums.txt";
export const databaseName = "tributary.db";

/** @throws RefusedError `not-found` when the folder is no whole backup, `invalid` when its form is not known */
export async function readManifest(folder: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(join(folder, manifestName), "utf8");
  } catch {
    throw new RefusedError("not-found", `${folder} is not a whole backup: it has no ${manifestName}`);
  }
  const manifest: unknown = JSON.parse(text);
  if (typeof manifest !== "object" || manifest === null || !("format" in manifest)) {
    throw new RefusedError("invalid", `${folder}: ${manifestName} is not that of a backup`);
  }
  if (manifest.format !== 1) {
    throw new RefusedError(
      "invalid",
      `${folder} was made by a newer version of the server (format ${manifest.format}); restore it with that one`,
    );
  }
  return manifest as Manifest;
}
