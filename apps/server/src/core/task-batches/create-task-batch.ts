import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import type { BatchAct, BatchTarget, TaskBatch } from "#core/task-batches/task-batch.ts";
import { toDemand } from "#core/tasks/demand.ts";
import type { TaskState } from "#core/tasks/task.ts";
import { taskStates } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** Beside those that run. */
const mostKept = 100;
const mostRunning = 20;

export interface CreateTaskBatch {
  readonly act: BatchAct;
  readonly target: BatchTarget;
  readonly by: string;
  /** Names of the only projects that whoever asks sees. */
  readonly projects?: readonly string[];
}

/** Tasks in other states cannot take the act. */
const statesOf: Readonly<Record<BatchAct, readonly TaskState[]>> = {
  cancel: taskStates.filter((state) => !isTerminal(state) && state !== "cancelling"),
  retry: taskStates.filter(isTerminal),
};

/** Unit of work: begins a batch, and forgets the oldest that have ended. */
async function insertBatch(
  tx: Tx,
  { batch, target }: { readonly batch: TaskBatch; readonly target: BatchTarget },
): Promise<TaskBatch> {
  const all = await tx.taskBatches.all();
  if (all.filter(({ state }) => state === "running").length >= mostRunning) {
    throw new RefusedError("exhausted", `${mostRunning} batches run already; wait for one, or stop one`);
  }
  const ended = all.filter(({ state }) => state !== "running");
  await tx.taskBatches.delete(ended.slice(mostKept - 1).map(({ id }) => id));
  await tx.taskBatches.put([batch]);
  await tx.taskBatches.putTarget(batch.id, target);
  await tx.journal.append([{ kind: "task-batch-changed", batchId: batch.id, at: batch.createdAt }]);
  return batch;
}

/**
 * Begins one act for many tasks. It is done by `advanceTaskBatches`, whatever becomes of whoever asked.
 *
 * @throws RefusedError `exhausted` when too many run; `invalid` for changes that nothing can be run with
 */
export async function createTaskBatch(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  { act, target, by, projects }: CreateTaskBatch,
): Promise<TaskBatch> {
  const now = clock.now();
  checkChanges(act, target.changes);
  const wanted =
    "ids" in target
      ? target
      : {
          ...target,
          filter: { ...narrowed(target.filter, act, now), ...(projects ? { projectNames: projects } : {}) },
        };
  const expected = await count({ store }, wanted);
  const batch: TaskBatch = {
    id: newId(random, "batch", 10),
    act,
    state: "running",
    createdBy: by,
    createdAt: now,
    ...expected,
    done: 0,
    refused: 0,
    touched: 0,
    ...(projects ? { projects } : {}),
  };
  return store.transact(insertBatch, { batch, target: wanted });
}

/** What no task could be run with is told at once, and not of each task. */
function checkChanges(act: BatchAct, changes: RunOverrides | undefined): void {
  if (changes === undefined) return;
  if (act !== "retry") {
    throw new RefusedError("invalid", "changes: are for tasks that are run again; leave them out", "changes");
  }
  toDemand(changes.resources ?? {});
}

/** Tasks that can take the act, and were there before it was asked for: it must not find what it makes itself. */
function narrowed(filter: TaskFilter, act: BatchAct, now: number): TaskFilter {
  const states = statesOf[act].filter((state) => filter.states?.includes(state) ?? true);
  return { ...filter, states, createdBefore: Math.min(filter.createdBefore ?? now + 1, now + 1) };
}

async function count({ store }: Pick<Ports, "store">, target: BatchTarget) {
  if ("ids" in target) return { expected: target.ids.length, expectedIsMinimum: false };
  const page = await store.view.listTasks({ filter: target.filter, order: "created-asc", limit: 1 });
  return { expected: page.total, expectedIsMinimum: page.totalIsMinimum };
}
