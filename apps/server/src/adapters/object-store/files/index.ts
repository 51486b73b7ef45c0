import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RefusedError } from "#core/errors.ts";
import type { ObjectStore, StoredObject } from "#core/ports/object-store.ts";
import { diskError, isMissing } from "./disk-error.ts";
import { readObject } from "./read-object.ts";
import { writeObject } from "./write-object.ts";

/**
 * Objects in a folder, each in a file named after its hash. What `put` has answered is on the disk.
 *
 * One process at a time may use the folder: what an earlier one left half written is removed at the start.
 */
export async function fileObjectStore({ folder }: { readonly folder: string }): Promise<ObjectStore> {
  const unfinished = join(folder, "unfinished");
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });

  return {
    put: (bytes, limit = Number.POSITIVE_INFINITY) => put(folder, unfinished, bytes, limit),
    async *get(hash) {
      yield* readObject(pathOf(folder, hash), hash);
    },
    async has(hash) {
      try {
        return (await stat(pathOf(folder, hash))).isFile();
      } catch (error) {
        if (isMissing(error) || error instanceof RefusedError) return false;
        throw error;
      }
    },
    async delete(hash) {
      await rm(pathOf(folder, hash), { force: true });
    },
  };
}

async function put(
  folder: string,
  unfinished: string,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<StoredObject> {
  let temporary: string | undefined;
  try {
    const { hash, size, path } = await writeObject(unfinished, bytes, limit, (begun) => {
      temporary = begun;
    });
    // Also over an object that is there already: it is the same, or damaged.
    await moveInto(path, pathOf(folder, hash));
    return { hash, size };
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true });
    throw diskError(error);
  }
}

/** Renames, and writes the names to the disk. */
async function moveInto(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(from, to);
  await syncFolder(folder);
  if (made !== undefined) await syncFolder(dirname(folder));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @throws RefusedError `not-found` for what is not a hash, and so is the name of no object */
function pathOf(folder: string, hash: string): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RefusedError("not-found", "an object's name is 64 hexadecimal digits");
  return join(folder, hash.slice(0, 2), hash);
}
