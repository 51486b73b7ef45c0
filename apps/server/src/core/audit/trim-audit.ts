import { auditIdFrom } from "#core/audit/audit-event.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { timeBefore } from "#core/retention/retention.ts";

/** Deleted in one unit, so that none takes long. */
const atOnce = 1_000;

function deleteOldest(tx: Tx, { before, keep }: { readonly before: string; readonly keep: number }): Promise<number> {
  return tx.audit.deleteOldest(before, keep, atOnce);
}

/** Forgets events that are too old or too many. */
export async function trimAudit({
  store,
  clock,
  retention,
}: Pick<Ports, "store" | "clock" | "retention">): Promise<void> {
  const { age, count } = retention.audit;
  const before = auditIdFrom(timeBefore(clock.now(), age));
  let deleted: number;
  do {
    deleted = await store.transact(deleteOldest, { before, keep: count });
  } while (deleted === atOnce);
}
