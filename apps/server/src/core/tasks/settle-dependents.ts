import { isBelow } from "#core/data-sets/data-set.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Reason } from "#core/reason.ts";
import { wholeTx } from "#core/scope/whole-tx.ts";
import { type Dependency, waitReason } from "#core/tasks/dependency.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { fail, isTerminal, type Move, queue, waitOn } from "#core/tasks/transitions.ts";

/**
 * Part of a unit in which tasks have changed: what waited for those that ended is queued when nothing else is
 * outstanding, and fails when it never can start; so does what waits for it in turn.
 */
export async function settleDependents(unit: Tx, changed: readonly Task[], now: number): Promise<void> {
  // They may belong to projects that whoever ended the task does not see.
  const tx = wholeTx(unit);
  for (let ended = endedOf(changed); ended.length > 0; ) {
    const waits = await tx.dependencies.on(ended.map(({ id }) => id));
    const moves = await movesOf(tx, [...new Set(waits.map(({ taskId }) => taskId))], now);
    await tx.tasks.replace(moves.map(({ task }) => ({ task, ifState: "waiting" as const, ifAttempt: task.attempt })));
    await tx.journal.append(moves.flatMap(({ entries }) => entries));
    ended = endedOf(moves.map(({ task }) => task));
  }
}

function endedOf(tasks: readonly Task[]): readonly Task[] {
  return tasks.filter(({ state }) => isTerminal(state));
}

async function movesOf(tx: Tx, waiterIds: readonly TaskId[], now: number): Promise<readonly Move[]> {
  const moves: Move[] = [];
  for (const waiter of (await tx.tasks.getMany(waiterIds)).values()) {
    // One that waits for its next try has had what it depends on.
    if (waiter.state !== "waiting" || waiter.notBefore !== undefined) continue;
    const { problem, outstanding } = await judge(tx, waiter.id);
    if (problem) moves.push(fail(waiter, problem, now));
    else if (outstanding.length === 0) moves.push(queue(waiter, now));
    else moves.push(waitOn(waiter, waitReason(outstanding), now));
  }
  return moves;
}

/** What a task still waits for, and why it never can start. */
async function judge(
  tx: Tx,
  taskId: TaskId,
): Promise<{ readonly problem?: Reason; readonly outstanding: readonly Dependency[] }> {
  const dependencies = await tx.dependencies.of([taskId]);
  const tasks = await tx.tasks.getMany(dependencies.map(({ onTaskId }) => onTaskId));
  const outstanding: Dependency[] = [];
  for (const dependency of dependencies) {
    const task = tasks.get(dependency.onTaskId);
    if (task && !isTerminal(task.state)) {
      outstanding.push(dependency);
      continue;
    }
    const problem = await problemOf(tx, dependency, task);
    if (problem) return { problem, outstanding };
  }
  return { outstanding };
}

/** Why a task that has ended did not bring what is wanted of it; undefined when it did. */
export async function problemOf(
  tx: Tx,
  { onTaskId, path, label }: Pick<Dependency, "onTaskId" | "path" | "label">,
  task: Task | undefined,
): Promise<Reason | undefined> {
  const code = "dependency-failed";
  const what = label.charAt(0).toUpperCase() + label.slice(1);
  if (!task) return { code, message: `${what} is gone: task ${onTaskId}, which made it, was deleted` };
  if (task.state !== "succeeded") {
    const how =
      task.state === "cancelled" ? "was cancelled" : `failed: ${task.reason?.message ?? "no reason is known"}`;
    const hint = `Mend what task ${onTaskId} runs into, then run this task again.`;
    return { code, message: `${what} could not be made: task ${onTaskId} ${how}`, hint };
  }
  const artifacts = await tx.artifacts.ofAttempt({ taskId: task.id, number: task.attempt });
  if (artifacts.some((artifact) => isBelow(artifact.path, path))) return undefined;
  return {
    code,
    message: `${what} is empty: task ${onTaskId} left no file at ${path === "" ? "all" : path}`,
    hint: "Let the task that makes it write to that path, and save it: artifactCfg with saveChangedFiles, or with the path.",
  };
}
