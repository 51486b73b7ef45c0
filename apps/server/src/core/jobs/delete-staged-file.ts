import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";

/** Unit of work: forgets a staged file; its bytes are collected when nothing else refers to them. */
async function forgetFile(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<void> {
  if (!(await tx.stagedFiles.getMany([id])).has(id)) {
    throw new RefusedError("not-found", `there is no staged file ${id}`, "id");
  }
  if ((await tx.stagedFiles.needed([id])).length > 0) {
    throw new RefusedError("conflict", `id: a job that has not ended needs file ${id}; cancel it first`, "id");
  }
  await tx.stagedFiles.delete([id]);
  await tx.journal.append([{ kind: "staged-files-changed", at: now }]);
}

/**
 * @throws RefusedError `not-found` for an unknown file, `conflict` while a job that has not ended needs it
 */
export function deleteStagedFile(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { id }: { readonly id: string },
): Promise<void> {
  return store.transact(forgetFile, { id, now: clock.now() });
}
