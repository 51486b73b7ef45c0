import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { RefusedError } from "#core/errors.ts";
import type { Bucket } from "./bucket.ts";
import { explainFailure, isPassing } from "./explain-failure.ts";

/** Bytes from one place to before another. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * The bytes of an object, all or a stretch. A download that breaks off goes on where it was.
 *
 * @param places - keys under which it may be; the first that has it counts
 * @param stretch - of which nothing can be checked
 * @throws RefusedError `not-found`; `unavailable` when the store does not answer; an error after the last byte when they
 * are not what was once kept
 */
export async function* readObject(
  bucket: Bucket,
  hash: string,
  places: () => AsyncIterable<string>,
  stretch?: Stretch,
): AsyncIterable<Uint8Array> {
  const seen = createHash("sha256");
  let offset = stretch?.from ?? 0;
  let failures = 0;
  for (;;) {
    try {
      const size = await sizeOf(bucket, places(), hash);
      const end = Math.min(stretch?.to ?? size.bytes, size.bytes);
      for await (const chunk of offset < end ? from(bucket, size.key, hash, offset, stretch && end) : []) {
        seen.update(chunk);
        offset += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (offset < end) throw new Error("the connection was closed before the end");
      break;
    } catch (error) {
      failures += 1;
      const isOver = error instanceof RefusedError || !isPassing(error) || failures >= bucket.limits.attempts;
      if (isOver) throw explainFailure(error, bucket.place);
      await pause(50 * 2 ** failures);
    }
  }
  if (!stretch && seen.digest("hex") !== hash)
    throw new Error(`object ${hash} is damaged: its bytes have another hash`);
}

async function sizeOf(bucket: Bucket, places: AsyncIterable<string>, hash: string) {
  for await (const key of places) {
    const bytes = await bucket.size(key);
    if (bytes !== undefined) return { key, bytes };
  }
  throw new RefusedError("not-found", `there is no object ${hash}`);
}

async function* from(
  bucket: Bucket,
  key: string,
  hash: string,
  offset: number,
  end: number | undefined,
): AsyncIterable<Uint8Array> {
  const body = await bucket.read(key, offset, end);
  if (body === undefined) throw new RefusedError("not-found", `there is no object ${hash}`);
  yield* body;
}
