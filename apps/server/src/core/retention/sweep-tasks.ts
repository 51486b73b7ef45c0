import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** Tasks looked for at once, and removed in one unit. */
const foundAtOnce = 1_000;
const removedAtOnce = 50;

/** Unit of work: removes those of the tasks that have ended; answers which. */
export async function removeTasks(
  tx: Tx,
  { ids, now }: { readonly ids: readonly TaskId[]; readonly now: number },
): Promise<readonly TaskId[]> {
  const tasks = await tx.tasks.getMany(ids);
  const ended = [...tasks.values()].filter(({ state }) => isTerminal(state)).map(({ id }) => id);
  await tx.tasks.delete(ended);
  await tx.journal.append(ended.map((taskId) => ({ kind: "task-deleted" as const, taskId, at: now })));
  return ended;
}

/**
 * Removes tasks that ended before a time, and the oldest ended ones beyond a count, with their logs.
 *
 * @returns how many
 */
export async function sweepTasks(
  { store, logs, clock }: Pick<Ports, "store" | "logs" | "clock">,
  { endedBefore, keep }: { readonly endedBefore: number; readonly keep: number },
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const before = removed;
    const ids = await store.view.listEnded({ endedBefore, keep, limit: foundAtOnce });
    for (let at = 0; at < ids.length; at += removedAtOnce) {
      signal.throwIfAborted();
      const gone = await store.transact(removeTasks, { ids: ids.slice(at, at + removedAtOnce), now: clock.now() });
      // A log that is left when the server ends here has no task any more: the sweep of logs finds it.
      for (const id of gone) await logs.remove(id);
      removed += gone.length;
    }
    if (ids.length < foundAtOnce || removed === before) return removed;
  }
}
