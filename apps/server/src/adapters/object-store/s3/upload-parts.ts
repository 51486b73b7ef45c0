import type { Bucket, Part } from "./bucket.ts";

/** Parts that are on their way at a time. */
const mostAtOnce = 2;

/**
 * Sends parts to a key as they come; nothing stays of an upload that fails.
 *
 * A part is a few MiB, and few are on their way at a time: that is all the memory it takes.
 */
export async function uploadParts(bucket: Bucket, key: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const id = await bucket.begin(key);
  const sent: Promise<Part>[] = [];
  try {
    const underWay = new Set<Promise<Part>>();
    for await (const bytes of parts) {
      const part = bucket.writePart(key, id, sent.length + 1, bytes);
      sent.push(part);
      underWay.add(part);
      part.then(
        () => underWay.delete(part),
        () => {},
      );
      if (underWay.size >= mostAtOnce) await Promise.race(underWay);
    }
    await bucket.complete(key, id, await Promise.all(sent));
  } catch (error) {
    // A part that arrives after the upload was given up would stay: wait for all.
    await Promise.allSettled(sent);
    await bucket.abort(key, id).catch(() => {});
    throw error;
  }
}

/** Copies an object within the bucket, in parts when it is large. */
export async function copyObject(bucket: Bucket, from: string, to: string, size: number): Promise<void> {
  const { copy } = bucket.limits;
  if (size <= copy) return bucket.copy(from, to);
  const id = await bucket.begin(to);
  try {
    const parts: Part[] = [];
    for (let first = 0; first < size; first += copy) {
      parts.push(await bucket.copyPart(from, to, id, parts.length + 1, [first, Math.min(first + copy, size) - 1]));
    }
    await bucket.complete(to, id, parts);
  } catch (error) {
    await bucket.abort(to, id).catch(() => {});
    throw error;
  }
}
