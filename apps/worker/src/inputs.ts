import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rm, stat, symlink } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Extract, extract } from "tar-stream";
import { checkRelative, leadsInside } from "./inside.ts";

/** What a file was when it was fetched. */
export interface InputFile {
  readonly size: number;
  readonly mtimeMs: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

interface ExtractLimits {
  readonly entries: number;
  readonly bytes: number;
}

const LIMITS: ExtractLimits = { entries: 500_000, bytes: 64 * 2 ** 30 };

/** An archive that is refused; the message names the entry and why. */
export class ArchiveError extends Error {}

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * Writes the files of a tar stream below `folder`, which is empty and only this process's. Files become 0644 or 0755,
 * or 0444 or 0555 where they may not be written, folders 0755. Links are made last, so that no entry can be written through one, and must stay inside.
 *
 * @returns the files by path
 * @throws ArchiveError for an entry that is absolute, contains `..` or NUL, is a hard link, a device or a pipe, is a
 *   link that leads outside, or exceeds the limits
 * @throws whatever `chunks` throws
 */
export async function extractInputs(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  limits: ExtractLimits = LIMITS,
): Promise<Map<string, InputFile>> {
  const files = new Map<string, InputFile>();
  const links: Link[] = [];
  const archive = extract();
  const source = watched(chunks);
  const sending = pipeline(Readable.from(source.chunks), archive);
  sending.catch((error) => archive.destroy(error));
  let [entries, bytes] = [0, 0];
  try {
    for await (const entry of archive) {
      bytes += entry.header.size ?? 0;
      if (++entries > limits.entries) throw new ArchiveError(`the files are more than ${limits.entries}`);
      if (bytes > limits.bytes) throw new ArchiveError(`the files have more than ${limits.bytes} bytes`);
      await place(entry, folder, files, links);
    }
    await sending;
  } catch (error) {
    throw source.error() ?? error;
  }
  await makeLinks(folder, links);
  return files;
}

/** The streams between tell of a source that broke only that they were destroyed. */
function watched(chunks: AsyncIterable<Uint8Array>): { chunks: AsyncIterable<Uint8Array>; error: () => unknown } {
  let broken: unknown;
  const passing = async function* () {
    try {
      yield* chunks;
    } catch (error) {
      broken = error;
      throw error;
    }
  };
  return { chunks: passing(), error: () => broken };
}

async function place(entry: Entry, folder: string, files: Map<string, InputFile>, links: Link[]): Promise<void> {
  const { name, type, linkname, mode } = entry.header;
  const path = checkName(name);
  if (type === "file" || type === "contiguous-file") {
    files.set(path, await writeFile(entry, join(folder, path), modeOf(mode ?? 0o644)));
    return;
  }
  entry.resume();
  if (type === "directory") await makeFolder(join(folder, path));
  else if (type === "symlink") links.push({ path, target: linkname ?? "" });
  else
    throw new ArchiveError(
      `the entry "${path}" is a ${type ?? "thing of unknown type"}, and only files, folders and symbolic links are taken`,
    );
}

/** The owner's permissions, for everybody; only what its sender says may not be written stays as it is. */
function modeOf(mode: number): number {
  return (mode & 0o111 ? 0o755 : 0o644) & (mode & 0o200 ? 0o777 : 0o555);
}

function checkName(name: string): string {
  try {
    return checkRelative(name);
  } catch (error) {
    throw new ArchiveError(error instanceof Error ? error.message : String(error));
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST" || error.code === "ENOTDIR")
      throw new ArchiveError(`"${path}" is both a file and a folder`);
    throw error;
  });
}

async function writeFile(entry: Entry, path: string, mode: number): Promise<InputFile> {
  await makeFolder(dirname(path));
  const existing = await lstat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new ArchiveError(`"${path}" is both a file and a folder`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  await using file = await open(path, flags, mode);
  const hash = createHash("sha256");
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) continue;
    hash.update(chunk);
    await file.write(chunk);
  }
  await file.chmod(mode);
  const { size, mtimeMs } = await file.stat();
  return { size, mtimeMs, sha256: hash.digest("hex") };
}

async function makeLinks(folder: string, links: readonly Link[]): Promise<void> {
  for (const { path, target } of links) {
    const climbs = normalize(join(dirname(path), target)).split("/")[0] === "..";
    if (target === "" || target.includes("\0") || isAbsolute(target) || climbs) throw leaving(path, target);
    await makeFolder(join(folder, dirname(path)));
    // The folder may be a link made a moment ago, to a place that only shows when it is followed.
    if (!leadsInside(folder, dirname(path))) throw leaving(path, target);
    await rm(join(folder, path), { force: true });
    await symlink(target, join(folder, path));
  }
  for (const { path, target } of links) {
    if (!(await leadsNowhere(join(folder, path))) && !leadsInside(folder, path)) throw leaving(path, target);
  }
}

function leadsNowhere(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );
}

function leaving(path: string, target: string): ArchiveError {
  return new ArchiveError(`the symbolic link "${path}" leads to "${target}", which is not below the working directory`);
}
