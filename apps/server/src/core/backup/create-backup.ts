import { RefusedError } from "#core/errors.ts";
import type { Backup, BackupProgress } from "#core/ports/backups.ts";
import type { Ports } from "#core/ports/index.ts";
import { inTurn } from "#core/retention/in-turn.ts";

/**
 * Copies everything that is kept, while everything goes on. What was acknowledged before is in it; nothing is swept until
 * it is done.
 *
 * The store comes first: whatever it names was there before, and nothing that is copied later is ever changed or, while
 * this goes on, deleted.
 *
 * @param tell - told how far it is
 * @param signal - ends it; nothing of it stays then
 * @throws RefusedError `unavailable` for a store whose own tools make backups; `exhausted` when the disk is full
 */
export async function createBackup(
  { store, backups, clock }: Pick<Ports, "store" | "backups" | "clock">,
  tell: (progress: BackupProgress) => void,
  signal: AbortSignal,
): Promise<Backup> {
  const { backup } = store;
  if (backup === undefined) {
    throw new RefusedError(
      "unavailable",
      "this server's state is in PostgreSQL: back that up with pg_dump, and then the folders (docs/operations.md)",
    );
  }
  return inTurn(store, async () => {
    signal.throwIfAborted();
    const steps = backups.create({ now: clock.now(), copyStore: (file) => backup(file) }, signal);
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) tell(next.value);
    return next.value;
  });
}
