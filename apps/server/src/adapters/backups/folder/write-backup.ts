import { createHash } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isObjectHash, readPlace } from "#core/objects/object-hash.ts";
import type { Backup, BackupProgress, BackupStep } from "#core/ports/backups.ts";
import { type Copied, copyTree, describeFile, linkOrCopy, syncFile, unlessMissing } from "./copy-files.ts";
import { checksumsName, databaseName, type Manifest, manifestName } from "./manifest.ts";

/** Files between two messages of progress. */
const toldEvery = 200;

export interface BackupParts {
  readonly logs: string;
  readonly mirrors: string;
  /** Unset where objects are not in files of this machine. */
  readonly objects?: string;
  readonly copyStore: (file: string) => Promise<void>;
}

export type Described = Pick<Manifest, "version" | "tables" | "createdAt" | "objects">;

/**
 * Writes a backup to a folder that does not exist yet; it has its name when it is whole, and nothing stays when it is not.
 */
export async function* writeBackup(
  target: string,
  parts: BackupParts,
  described: Described,
  signal: AbortSignal,
): AsyncGenerator<BackupProgress, Backup> {
  const draft = `${target}.unfinished`;
  const count = { files: 0, bytes: 0 };
  const progress = (step: BackupStep): BackupProgress => ({ step, ...count });
  try {
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const checksums = await Checksums.open(join(draft, checksumsName));
    try {
      for (const [step, files] of stepsOf(draft, parts)) {
        yield progress(step);
        for await (const file of files) {
          signal.throwIfAborted();
          await checksums.add(file);
          count.files += 1;
          count.bytes += file.size;
          if (count.files % toldEvery === 0) yield progress(step);
        }
      }
      const manifest: Manifest = { format: 1, ...described, ...count, checksums: await checksums.digest() };
      await writeDurably(join(draft, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    } finally {
      await checksums.close();
    }
    await rename(draft, target);
    await syncFile(dirname(target));
    return toBackup(target, { ...described, bytes: count.bytes });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

export function toBackup(path: string, manifest: Described & Pick<Manifest, "bytes">): Backup {
  const { createdAt, bytes, version, objects } = manifest;
  return { name: path.slice(dirname(path).length + 1), path, createdAt, bytes, version, hasObjects: objects.included };
}

function stepsOf(draft: string, parts: BackupParts): readonly [BackupStep, AsyncIterable<Copied>][] {
  return [
    ["database", copyDatabase(draft, parts)],
    // Records are written after the bytes that they tell of: copied before them, they tell of nothing that is not there.
    ["logs", copyTree(parts.logs, join(draft, "logs"), draft, (name) => name.endsWith(".index"))],
    ["objects", parts.objects === undefined ? nothing() : copyObjects(parts.objects, draft)],
    ["mirrors", copyMirrors(parts.mirrors, draft)],
  ];
}

async function* copyDatabase(draft: string, { copyStore }: BackupParts): AsyncGenerator<Copied> {
  const file = join(draft, databaseName);
  await copyStore(file);
  await syncFile(file);
  yield await describeFile(file, draft);
}

/** An object's name is its checksum; those in the bin may be in use after all. */
async function* copyObjects(folder: string, draft: string): AsyncGenerator<Copied> {
  for (const group of (await unlessMissing(readdir(folder))) ?? []) {
    if (!/^([0-9a-f]{2}|bin)$/.test(group)) continue;
    for (const name of (await unlessMissing(readdir(join(folder, group)))) ?? []) {
      const sha256 = isObjectHash(name) ? name : readPlace(name)?.hash;
      if (sha256 === undefined) continue;
      const path = `objects/${sha256.slice(0, 2)}/${sha256}`;
      const size = await unlessMissing(linkOrCopy(join(folder, group, name), join(draft, path)));
      if (size !== undefined) yield { path, size, sha256 };
    }
  }
}

/** References before what they refer to, which git adds and never changes. */
async function* copyMirrors(folder: string, draft: string): AsyncGenerator<Copied> {
  for (const name of (await unlessMissing(readdir(folder))) ?? []) {
    if (!name.endsWith(".git")) continue;
    const [from, to] = [join(folder, name), join(draft, "git", name)];
    yield* copyTree(join(from, "refs"), join(to, "refs"), draft);
    yield* skip(
      copyTree(from, to, draft, (file) => file === "packed-refs"),
      `git/${name}/refs/`,
    );
  }
}

async function* skip(files: AsyncIterable<Copied>, prefix: string): AsyncGenerator<Copied> {
  for await (const file of files) if (!file.path.startsWith(prefix)) yield file;
}

async function* nothing(): AsyncGenerator<Copied> {}

/** The list of files with their checksums, and the checksum of the list. */
class Checksums {
  readonly #file: Awaited<ReturnType<typeof open>>;
  readonly #hash = createHash("sha256");

  private constructor(file: Awaited<ReturnType<typeof open>>) {
    this.#file = file;
  }

  static async open(path: string): Promise<Checksums> {
    return new Checksums(await open(path, "wx", 0o600));
  }

  async add({ path, size, sha256 }: Copied): Promise<void> {
    const line = `${sha256} ${size} ${path}\n`;
    this.#hash.update(line);
    await this.#file.write(line);
  }

  async digest(): Promise<string> {
    await this.#file.sync();
    return this.#hash.digest("hex");
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
