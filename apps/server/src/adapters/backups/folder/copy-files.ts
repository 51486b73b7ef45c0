import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { constants, copyFile, link, mkdir, open, readdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/** A file that is in the backup. */
export interface Copied {
  /** In the backup, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Copies all files below a folder that are there when it comes to them.
 *
 * @param first - the order within one folder: those for which it is true come first
 */
export async function* copyTree(
  from: string,
  to: string,
  root: string,
  first: (name: string) => boolean = () => false,
): AsyncGenerator<Copied> {
  const entries = (await unlessMissing(readdir(from, { withFileTypes: true }))) ?? [];
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const ordered = [...files.filter(first), ...files.filter((name) => !first(name))];
  for (const name of ordered) {
    const copied = await unlessMissing(copyOne(join(from, name), join(to, name), root));
    if (copied) yield copied;
  }
  for (const entry of entries) {
    if (entry.isDirectory()) yield* copyTree(join(from, entry.name), join(to, entry.name), root, first);
  }
}

async function copyOne(from: string, to: string, root: string): Promise<Copied> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await syncFile(to);
  return describeFile(to, root);
}

/** The same bytes under another name where the disk is the same, else a copy: for files that are never written again. */
export async function linkOrCopy(from: string, to: string): Promise<number> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return (await stat(to)).size;
    if (codeOf(error) === "ENOENT") throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await syncFile(to);
  }
  return (await stat(to)).size;
}

export async function describeFile(path: string, root: string): Promise<Copied> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { path: relative(root, path).split("\\").join("/"), size, sha256: hash.digest("hex") };
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
