import type { Tx } from "#core/ports/tx.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Attempt, Task, TaskId } from "#core/tasks/task.ts";

/**
 * Whether a task may be given to a worker that has no place for it yet: only one that was never given before and may be
 * tried again. So a task is lost at most once without anybody knowing whether it had begun.
 */
export function mayGoAhead(task: Pick<Task, "attempt">, spec: Pick<RunSpec, "systemRetries">): boolean {
  return task.attempt === 0 && spec.systemRetries > 0;
}

/**
 * Whether an attempt that is lost was given ahead of its turn and never told of. Most likely it was never begun, and then
 * it must not cost a try; but its worker may have begun it and died of it before it could tell.
 */
export function mayNotHaveBegun({ ahead, phase }: Attempt): boolean {
  return ahead === true && (phase === "assigned" || phase === "accepted");
}

/**
 * Part of a unit: of tasks that fail by the system's fault, those whose first attempt was lost so. As they fail again,
 * that attempt counts too: so no task is begun more often than its budget says, whatever kills its workers.
 */
export async function findOwing(tx: Tx, tasks: Iterable<Task>): Promise<ReadonlySet<TaskId>> {
  const suspects = [...tasks].filter(({ attempt, systemFailures }) => attempt > 1 && systemFailures === 0);
  if (suspects.length === 0) return new Set();
  const first = await tx.attempts.getMany(suspects.map(({ id }) => ({ taskId: id, number: 1 })));
  return new Set(first.filter(wasLostUnheard).map(({ taskId }) => taskId));
}

function wasLostUnheard({ ahead, outcome, preparedAt, startedAt }: Attempt): boolean {
  return ahead === true && outcome === "lost" && preparedAt === undefined && startedAt === undefined;
}
