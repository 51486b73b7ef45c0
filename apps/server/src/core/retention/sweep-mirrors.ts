import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { type TaskState, taskStates } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

const unfinished: readonly TaskState[] = taskStates.filter((state) => !isTerminal(state));

async function knownSources(tx: Tx, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await tx.sources.getMany(ids)).keys());
}

/**
 * Removes the mirrors of sources that are gone, once none of their tasks can need one any more.
 *
 * @returns how many
 */
export async function sweepMirrors({ store, git }: Pick<Ports, "store" | "git">, signal: AbortSignal): Promise<number> {
  const mirrored = await git.list();
  const known = await store.transact(knownSources, mirrored);
  let removed = 0;
  for (const id of mirrored) {
    if (known.has(id)) continue;
    signal.throwIfAborted();
    const waiting = await store.view.listTasks({
      filter: { projectId: id, states: unfinished },
      order: "created-desc",
      limit: 1,
    });
    if (waiting.tasks.length > 0) continue;
    await git.remove(id);
    removed += 1;
  }
  return removed;
}
