import { queueWithDataSets } from "#core/data-sets/queue-with-data-sets.ts";
import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import { changeSpec } from "#core/tasks/change-spec.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { Origin } from "#core/tasks/origin.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

export interface RetryTask {
  readonly id: TaskId;
  readonly by: string;
  readonly origin?: Origin;
  /** Unset: the same again. */
  readonly changes?: RunOverrides;
}

/** Unit of work: queues a copy of an ended task, changed in places. */
export async function requeueTask(
  tx: Tx,
  { id, by, origin, changes = {}, suffix, now }: RetryTask & { readonly suffix: string; readonly now: number },
): Promise<Task> {
  const task = await knownTask(tx, id);
  if (!isTerminal(task.state)) {
    throw new RefusedError("conflict", `task ${id} has not ended; cancel it first, or wait for its end`);
  }
  const spec = (await tx.tasks.specs([id])).get(id);
  if (!spec) throw new RefusedError("not-found", `the specification of task ${id} is no longer kept`);
  if (spec.command.kind === "serve-model") {
    throw new RefusedError(
      "conflict",
      `task ${id} served a model, which starts what it needs by itself; deploy the model`,
    );
  }
  const again = await queueWithDataSets(
    tx,
    {
      dialect: task.dialect,
      projectId: task.projectId,
      projectName: task.projectName,
      name: `${task.name}-${suffix}`,
      title: task.title,
      spec: changeSpec(spec, changes),
      creator: by,
      retryOf: id,
      ...(task.labels ? { labels: task.labels } : {}),
      ...(origin ? { origin } : {}),
      ...(task.commit === undefined ? {} : { commit: task.commit }),
    },
    now,
  );
  // A training again is one of the model again.
  const runs = await tx.modelRuns.getMany([id]);
  await tx.modelRuns.put(runs.map((run) => ({ ...run, taskId: again.id, at: now })));
  await tx.journal.append(runs.map(({ modelId }) => ({ kind: "model-changed" as const, modelId, at: now })));
  return again;
}

/**
 * Runs an ended task again, as a new task with the same specification or a changed one.
 *
 * @throws RefusedError `not-found`; `conflict` when it has not ended; `invalid` for changes that cannot be run
 */
export function retryTask(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  ask: RetryTask,
): Promise<Task> {
  return store.transact(requeueTask, { ...ask, suffix: newId(random, "", 5), now: clock.now() });
}
