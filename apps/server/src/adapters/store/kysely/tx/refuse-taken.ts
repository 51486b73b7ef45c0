import { RefusedError } from "#core/errors.ts";
import { UniqueError } from "../row-access.ts";

/** Waits for an insertion, and refuses with the id that is taken. */
export async function refuseTaken<T>(
  noun: string,
  rows: readonly T[],
  idOf: (row: T) => string,
  insertion: Promise<void>,
): Promise<void> {
  try {
    await insertion;
  } catch (error) {
    if (!(error instanceof UniqueError)) throw error;
    throw new RefusedError("already-exists", `A ${noun} ${idOf(rows[error.index]!)} exists already.`, "id");
  }
}
