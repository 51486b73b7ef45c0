import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkObjectHash, isObjectHash, placeInBin, readPlace } from "#core/objects/object-hash.ts";
import type { BinnedObject, ObjectBin, ObjectStore, StoredObject } from "#core/ports/object-store.ts";
import { diskError, isMissing } from "./disk-error.ts";
import { moveDurably } from "./move-durably.ts";
import { readObject, readStretch } from "./read-object.ts";
import { writeObject } from "./write-object.ts";

interface Folders {
  readonly objects: string;
  readonly unfinished: string;
  readonly bin: string;
}

/**
 * Objects in a folder, each in a file named after its hash. What `put` has answered is on the disk.
 *
 * One process at a time may use the folder: what an earlier one left half written is removed at the start.
 */
export async function fileObjectStore({ folder }: { readonly folder: string }): Promise<ObjectStore> {
  const folders: Folders = { objects: folder, unfinished: join(folder, "unfinished"), bin: join(folder, "bin") };
  await rm(folders.unfinished, { recursive: true, force: true });
  for (const path of [folders.unfinished, folders.bin]) await mkdir(path, { recursive: true, mode: 0o700 });

  return {
    place: folder,
    put: (bytes, limit = Number.POSITIVE_INFINITY, beforeKept = async () => {}) =>
      put(folders, bytes, limit, beforeKept),
    async *get(hash) {
      yield* readObject(checkObjectHash(hash), () => placesOf(folders, hash));
    },
    async *read(hash, from, to) {
      yield* readStretch(checkObjectHash(hash), () => placesOf(folders, hash), from, to);
    },
    async has(hash) {
      return isObjectHash(hash) && (await isFile(pathOf(folders, hash)));
    },
    async delete(hash) {
      await rm(pathOf(folders, checkObjectHash(hash)), { force: true });
    },
    bin: binIn(folders),
    // One process alone writes here, and it removes what it cannot finish.
    removeUnfinished: async () => 0,
  };
}

/** Where an object may be, the likeliest first. */
async function* placesOf(folders: Folders, hash: string): AsyncIterable<string> {
  const path = pathOf(folders, hash);
  yield path;
  const binned = await listBin(folders, Number.POSITIVE_INFINITY);
  for (const { place } of binned.filter((one) => one.hash === hash)) yield join(folders.bin, place);
  // It may have been moved back between the two looks.
  yield path;
}

async function put(
  folders: Folders,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  beforeKept: (object: StoredObject) => Promise<void>,
): Promise<StoredObject> {
  let temporary: string | undefined;
  try {
    const begun = (path: string) => {
      temporary = path;
    };
    const { hash, size, path } = await writeObject(folders.unfinished, bytes, limit, begun, beforeKept);
    // Also over an object that is there already: it is the same, or damaged.
    await moveDurably(path, pathOf(folders, hash));
    return { hash, size };
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw diskError(error);
  }
}

function binIn(folders: Folders): ObjectBin {
  const pathIn = ({ place }: BinnedObject) => join(folders.bin, place);
  return {
    async add(hash) {
      const binned = placeInBin(hash, randomBytes(8).toString("hex"));
      return (await moved(rename(pathOf(folders, hash), pathIn(binned)))) ? binned : undefined;
    },
    async restore(binned) {
      // Over one that was put meanwhile too: it is the same.
      await moved(moveDurably(pathIn(binned), pathOf(folders, binned.hash)));
    },
    async empty(binned) {
      await rm(pathIn(binned), { force: true });
    },
    list: (limit) => listBin(folders, limit),
  };
}

async function listBin({ bin }: Folders, limit: number): Promise<readonly BinnedObject[]> {
  return (await readdir(bin)).flatMap((name) => readPlace(name) ?? []).slice(0, limit);
}

/** False when there was nothing to move. */
async function moved(move: Promise<void>): Promise<boolean> {
  try {
    await move;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function pathOf({ objects }: Folders, hash: string): string {
  return join(objects, hash.slice(0, 2), hash);
}
