import type { Ports } from "#core/ports/index.ts";
import type { StoredObject } from "#core/ports/object-store.ts";
import type { KeptObject, Tx } from "#core/ports/tx.ts";

/** Unit of work: notes that an object is there, or is put again, before it is. */
async function noteObject(tx: Tx, object: KeptObject): Promise<void> {
  await tx.objects.put([object]);
}

/**
 * Keeps bytes to which something is going to refer. They stay for as long as the grace time of unused objects, and then
 * for as long as something refers to them.
 *
 * The store knows of an object before the object is there: so whoever collects unused ones either sees it noted, or has
 * taken away the old bytes before these come.
 *
 * @param limit - bytes at most
 * @throws RefusedError `exhausted` when they are too many or the disk is full
 */
export function keepObject(
  { store, objects, clock }: Pick<Ports, "store" | "objects" | "clock">,
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<StoredObject> {
  return objects.put(bytes, limit, (object) => store.transact(noteObject, { ...object, keptAt: clock.now() }));
}
