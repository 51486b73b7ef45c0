import type { Ports } from "#core/ports/index.ts";
import type { BinnedObject } from "#core/ports/object-store.ts";
import type { Tx } from "#core/ports/tx.ts";

/** Objects that are looked at with one read, and that are deleted together. */
const lookedAtOnce = 2_000;
const deletedAtOnce = 50;
/** Milliseconds after which an upload that has not ended is given up. */
const longestUpload = 86_400_000;

interface Forget {
  readonly hashes: readonly string[];
  readonly keptBefore: number;
}

/** Unit of work: forgets objects that are unused still; answers those that are not known any more. */
export function forgetObjects(tx: Tx, { hashes, keptBefore }: Forget): Promise<readonly string[]> {
  return tx.objects.forgetUnused(hashes, keptBefore);
}

/**
 * Deletes objects to which nothing refers and that were last put before a time, and uploads that were never finished.
 *
 * Each is first moved into the bin, then it is decided in one unit whether it is unused, and only then it is deleted or
 * moved back. Putting the same content notes it in the store first and writes the bytes after: if the unit sees the note,
 * the bytes are moved back; if it does not, the bytes are written after those of old were moved away. Whatever is left in
 * the bin by a server that ended is decided by the next.
 *
 * @returns how many objects were deleted
 */
export async function collectObjects(
  { store, objects, clock }: Pick<Ports, "store" | "objects" | "clock">,
  { keptBefore }: { readonly keptBefore: number },
  signal: AbortSignal,
): Promise<number> {
  const decide = (binned: readonly BinnedObject[]) => decideBinned({ store, objects }, binned, keptBefore);
  let deleted = 0;
  for (
    let left = await objects.bin.list(deletedAtOnce);
    left.length > 0;
    left = await objects.bin.list(deletedAtOnce)
  ) {
    signal.throwIfAborted();
    deleted += await decide(left);
  }
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: Awaited<ReturnType<typeof store.view.listUnusedObjects>> = await store.view.listUnusedObjects({
      after,
      keptBefore,
      looked: lookedAtOnce,
    });
    for (let at = 0; at < page.hashes.length; at += deletedAtOnce) {
      signal.throwIfAborted();
      const hashes = page.hashes.slice(at, at + deletedAtOnce);
      const binned = await Promise.all(hashes.map((hash) => objects.bin.add(hash)));
      deleted += await decide(binned.filter((one) => one !== undefined));
      // Of some there were no bytes: what the store says of them goes too.
      await store.transact(forgetObjects, { hashes, keptBefore });
    }
    after = page.next;
  }
  await objects.removeUnfinished(clock.now() - longestUpload);
  return deleted;
}

/** Answers how many were deleted. */
async function decideBinned(
  { store, objects }: Pick<Ports, "store" | "objects">,
  binned: readonly BinnedObject[],
  keptBefore: number,
): Promise<number> {
  if (binned.length === 0) return 0;
  const hashes = [...new Set(binned.map(({ hash }) => hash))];
  const gone = new Set(await store.transact(forgetObjects, { hashes, keptBefore }));
  await Promise.all(binned.map((one) => (gone.has(one.hash) ? objects.bin.empty(one) : objects.bin.restore(one))));
  return binned.filter(({ hash }) => gone.has(hash)).length;
}
