import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { longestBackoff, queue } from "#core/tasks/transitions.ts";

const batch = 1_000;

/** Unit of work: queues waiting tasks whose time has come; answers when the next one is due. */
export async function queueDueTasks(tx: Tx, { now }: { readonly now: number }): Promise<number | undefined> {
  const next = await tx.tasks.nextDue();
  // Nothing waits for so long: the wall clock was set back, and the time they wait for is none any more.
  const isSetBack = next !== undefined && next > now + longestBackoff;
  const due = await tx.tasks.due(isSetBack ? next : now, batch);
  const moves = due.map((task) => queue(task, now));
  await tx.tasks.replace(
    moves.map((move) => ({ task: move.task, ifState: "waiting" as const, ifAttempt: move.task.attempt })),
  );
  await tx.journal.append(moves.flatMap((move) => move.entries));
  return due.length === batch ? now : await tx.tasks.nextDue();
}

/** Queues waiting tasks whose time has come; answers when the next one is due, undefined when none waits for a time. */
export function releaseDueTasks({ store, clock }: Pick<Ports, "store" | "clock">): Promise<number | undefined> {
  return store.transact(queueDueTasks, { now: clock.now() });
}
