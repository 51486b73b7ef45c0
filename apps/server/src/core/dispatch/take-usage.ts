import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { addUsage, noUsage, type UsagePoint, type UsageTotals } from "#core/tasks/usage.ts";

/** What a worker tells of one of its attempts. */
export interface AttemptUsage {
  readonly ref: AttemptRef;
  readonly totals?: UsageTotals;
  readonly points: readonly UsagePoint[];
}

interface TakeUsage {
  readonly workerId: string;
  readonly usages: readonly AttemptUsage[];
}

/** Unit of work: adds to what is known of attempts that the worker holds; the others are passed over. */
export async function putUsage(tx: Tx, { workerId, usages }: TakeUsage): Promise<void> {
  const attempts = await tx.attempts.getMany(usages.map(({ ref }) => ref));
  const own = new Set(
    attempts.flatMap((attempt) =>
      attempt.workerId === workerId && attempt.endedAt === undefined ? [key(attempt)] : [],
    ),
  );
  await addPoints(
    tx,
    usages.filter(({ ref }) => own.has(key(ref))),
  );
}

/** For units of work that have checked whose the attempts are. */
export async function addPoints(tx: Tx, usages: readonly AttemptUsage[]): Promise<void> {
  const told = usages.filter(({ points }) => points.length > 0);
  if (told.length === 0) return;
  const known = await tx.usage.getMany(told.map(({ ref }) => ref));
  const changed = told.map(({ ref, totals, points }) => ({
    ref,
    usage: addUsage(known.find((one) => key(one.ref) === key(ref))?.usage ?? noUsage, totals, points),
  }));
  await tx.usage.put(changed);
}

function key({ taskId, number }: AttemptRef): string {
  return `${taskId}.${number}`;
}

/**
 * Keeps what a worker's attempts took; false when it cannot, as on a full disk, which is no reason to take the worker for
 * lost. Telling the same again changes nothing.
 */
export async function takeUsage({ store }: Pick<Ports, "store">, ask: TakeUsage): Promise<boolean> {
  try {
    if (ask.usages.length > 0) await store.transact(putUsage, ask);
    return true;
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
}
