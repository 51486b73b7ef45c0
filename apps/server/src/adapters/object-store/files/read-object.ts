import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { RefusedError } from "#core/errors.ts";
import { isMissing } from "./disk-error.ts";

const chunkSize = 65_536;

/**
 * The bytes of an object.
 *
 * @param places - where it may be; the first that has it counts
 * @throws RefusedError `not-found`; an error after the last byte when the file is not what was once kept
 */
export async function* readObject(hash: string, places: () => AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const file = await openObject(places(), hash);
  try {
    const seen = createHash("sha256");
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkSize), 0, chunkSize, null);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      seen.update(chunk);
      yield chunk;
    }
    if (seen.digest("hex") !== hash) throw new Error(`object ${hash} is damaged: its bytes have another hash`);
  } finally {
    await file.close();
  }
}

/** Bytes of an object from one place to before another; what comes is not checked against the hash. */
export async function* readStretch(
  hash: string,
  places: () => AsyncIterable<string>,
  from: number,
  to: number,
): AsyncIterable<Uint8Array> {
  const file = await openObject(places(), hash);
  try {
    for (let at = from; at < to; ) {
      const wanted = Math.min(chunkSize, to - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function openObject(places: AsyncIterable<string>, hash: string): Promise<FileHandle> {
  for await (const path of places) {
    try {
      return await open(path, "r");
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new RefusedError("not-found", `there is no object ${hash}`);
}
