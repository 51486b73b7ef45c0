import type { Ports } from "#core/ports/index.ts";
import { type Retention, timeBefore } from "#core/retention/retention.ts";

/**
 * Forgets the oldest journal entries: those beyond the count, and those older than the age.
 *
 * @returns how many
 */
export async function trimJournal(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { age, count }: Retention["journal"],
): Promise<number> {
  const { oldest, position } = await store.view.positionAt(timeBefore(clock.now(), age));
  const newest = store.position();
  const before = Math.min(Math.max(newest + 1 - count, position), newest + 1);
  if (before <= oldest) return 0;
  await store.trim(before);
  return before - oldest;
}
