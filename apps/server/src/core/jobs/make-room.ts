import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";

const batch = 100;

/**
 * Part of a unit: forgets staged files that no job needs, the least recently used first, until there is room.
 *
 * @param room.size - bytes that are to come
 * @param room.most - bytes that all may take
 * @throws RefusedError `exhausted` when those that are needed leave no room
 */
export async function makeRoom(
  tx: Tx,
  { size, most }: { readonly size: number; readonly most: number },
): Promise<void> {
  let taken = await tx.stagedFiles.size();
  while (taken + size > most) {
    const unneeded = await tx.stagedFiles.unneeded(batch);
    if (unneeded.length === 0) {
      throw new RefusedError(
        "exhausted",
        `staged files may take ${most} bytes together, and jobs that have not ended need those that are there; let them end, or allow more`,
      );
    }
    const gone: string[] = [];
    for (const file of unneeded) {
      if (taken + size <= most) break;
      gone.push(file.id);
      taken -= file.size;
    }
    await tx.stagedFiles.delete(gone);
  }
}
