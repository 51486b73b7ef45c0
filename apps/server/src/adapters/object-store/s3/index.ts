import { randomBytes } from "node:crypto";
import { checkObjectHash, isObjectHash, placeInBin, readPlace } from "#core/objects/object-hash.ts";
import type { BinnedObject, ObjectBin, ObjectStore } from "#core/ports/object-store.ts";
import { Bucket } from "./bucket.ts";
import { isAbsent } from "./explain-failure.ts";
import { readObject } from "./read-object.ts";
import type { S3Settings } from "./settings.ts";
import { copyObject } from "./upload-parts.ts";
import { writeObject } from "./write-object.ts";

export type { S3Settings };

/**
 * Objects in a bucket of S3 or of a server that speaks its protocol, each under its hash. Several servers may use one
 * prefix.
 *
 * @throws RefusedError `unavailable` when the bucket cannot be read: it is missing, or the credentials are refused
 */
export async function s3ObjectStore(settings: S3Settings): Promise<ObjectStore & { close(): void }> {
  const bucket = new Bucket(settings);
  try {
    // Whatever keeps objects from being reached is told now, not with the first task.
    await bucket.list("bin/", 1).next();
  } catch (error) {
    bucket.close();
    throw error;
  }
  return {
    place: bucket.place,
    put: (bytes, limit = Number.POSITIVE_INFINITY, beforeKept = async () => {}) =>
      writeObject(bucket, keyOf, bytes, limit, beforeKept),
    async *get(hash) {
      yield* readObject(bucket, checkObjectHash(hash), () => placesOf(bucket, hash));
    },
    async *read(hash, from, to) {
      yield* readObject(bucket, checkObjectHash(hash), () => placesOf(bucket, hash), { from, to });
    },
    has: async (hash) => isObjectHash(hash) && (await bucket.size(keyOf(hash))) !== undefined,
    delete: (hash) => bucket.delete(keyOf(checkObjectHash(hash))),
    bin: binOf(bucket),
    removeUnfinished: (before) => removeUnfinished(bucket, before),
    close: () => bucket.close(),
  };
}

/** Keys under which an object may be, the likeliest first. */
async function* placesOf(bucket: Bucket, hash: string): AsyncIterable<string> {
  const key = keyOf(hash);
  yield key;
  for await (const binned of bucket.list(`bin/${hash}.`)) yield binned.key;
  // It may have been moved back between the two looks.
  yield key;
}

function binOf(bucket: Bucket): ObjectBin {
  const keyIn = ({ place }: BinnedObject) => `bin/${place}`;
  return {
    async add(hash) {
      const binned = placeInBin(hash, randomBytes(8).toString("hex"));
      return (await move(bucket, keyOf(hash), keyIn(binned))) ? binned : undefined;
    },
    async restore(binned) {
      if ((await bucket.size(keyOf(binned.hash))) === undefined) await move(bucket, keyIn(binned), keyOf(binned.hash));
      else await bucket.delete(keyIn(binned));
    },
    empty: (binned) => bucket.delete(keyIn(binned)),
    async list(limit) {
      const found: BinnedObject[] = [];
      for await (const { key } of bucket.list("bin/", Math.min(limit, 1_000))) {
        if (found.length >= limit) break;
        const binned = readPlace(key.slice("bin/".length));
        if (binned) found.push(binned);
      }
      return found;
    },
  };
}

/** False when there was nothing to move. */
async function move(bucket: Bucket, from: string, to: string): Promise<boolean> {
  const size = await bucket.size(from);
  if (size === undefined) return false;
  try {
    await copyObject(bucket, from, to, size);
  } catch (error) {
    // Another server has just moved it.
    if (isAbsent(error)) return false;
    throw error;
  }
  await bucket.delete(from);
  return true;
}

async function removeUnfinished(bucket: Bucket, before: number): Promise<number> {
  let removed = 0;
  for await (const { key, id, begunAt } of bucket.uploads("")) {
    if (begunAt >= before) continue;
    await bucket.abort(key, id);
    removed += 1;
  }
  for await (const { key, storedAt } of bucket.list("unfinished/")) {
    if (storedAt >= before) continue;
    await bucket.delete(key);
    removed += 1;
  }
  return removed;
}

function keyOf(hash: string): string {
  return `${hash.slice(0, 2)}/${hash}`;
}
