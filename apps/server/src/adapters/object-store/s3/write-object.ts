import { createHash, type Hash, randomUUID } from "node:crypto";
import { RefusedError } from "#core/errors.ts";
import type { StoredObject } from "#core/ports/object-store.ts";
import type { Bucket } from "./bucket.ts";
import { copyObject, uploadParts } from "./upload-parts.ts";

interface Counted {
  readonly hash: Hash;
  size: number;
}

/**
 * Keeps bytes under their hash. What fits into one part is sent whole; more goes to a key of its own while its hash is
 * not known, and is then copied by the server.
 */
export async function writeObject(
  bucket: Bucket,
  keyOf: (hash: string) => string,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  beforeKept: (object: StoredObject) => Promise<void>,
): Promise<StoredObject> {
  const counted: Counted = { hash: createHash("sha256"), size: 0 };
  const parts = inParts(count(bytes, counted, limit), bucket.limits.part)[Symbol.asyncIterator]();
  const first = await parts.next();
  const second = first.done ? first : await parts.next();
  if (second.done) {
    const object = { hash: counted.hash.digest("hex"), size: counted.size };
    await beforeKept(object);
    await bucket.write(keyOf(object.hash), first.done ? new Uint8Array() : first.value);
    return object;
  }
  const temporary = `unfinished/${randomUUID()}`;
  await uploadParts(bucket, temporary, chain([first.value, second.value], parts));
  try {
    const object = { hash: counted.hash.digest("hex"), size: counted.size };
    await beforeKept(object);
    const key = keyOf(object.hash);
    if ((await bucket.size(key)) !== object.size) await copyObject(bucket, temporary, key, object.size);
    return object;
  } finally {
    // One that cannot be deleted now is removed with what others left unfinished.
    await bucket.delete(temporary).catch(() => {});
  }
}

async function* count(bytes: AsyncIterable<Uint8Array>, counted: Counted, limit: number): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    counted.size += chunk.length;
    if (counted.size > limit) {
      throw new RefusedError("exhausted", `the file is larger than ${limit} bytes, which is the most that is kept`);
    }
    counted.hash.update(chunk);
    yield chunk;
  }
}

/** The same bytes in parts of one size, the last of which may be smaller; each has memory of its own. */
async function* inParts(bytes: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let part = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + size - filled);
      part.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < size) continue;
      yield part;
      part = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
