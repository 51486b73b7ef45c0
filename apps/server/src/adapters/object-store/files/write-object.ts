import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "#core/errors.ts";
import type { StoredObject } from "#core/ports/object-store.ts";

export interface WrittenObject extends StoredObject {
  /** The file it is in; synced. */
  readonly path: string;
}

/**
 * Writes bytes to a new file in a folder, and to the disk.
 *
 * @param begun - told the file's path before anything is written, so that it can be removed whatever happens
 * @param known - awaited when the hash is known, while the bytes go to the disk
 */
export async function writeObject(
  folder: string,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  begun: (path: string) => void,
  known: (object: StoredObject) => Promise<void>,
): Promise<WrittenObject> {
  const path = join(folder, randomUUID());
  begun(path);
  const file = await open(path, "wx", 0o600);
  try {
    const written = await copy(file, bytes, limit);
    await Promise.all([file.sync(), known(written)]);
    return { ...written, path };
  } finally {
    await file.close();
  }
}

async function copy(file: FileHandle, bytes: AsyncIterable<Uint8Array>, limit: number): Promise<StoredObject> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > limit) {
      throw new RefusedError("exhausted", `the file is larger than ${limit} bytes, which is the most that is kept`);
    }
    hash.update(chunk);
    await writeAll(file, chunk);
  }
  return { hash: hash.digest("hex"), size };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
}
