import { type Dialect, dialects } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";

/** Why a worker leaves a dialect's tasks to others. */
type LeftBy = "speaks-taskqueue" | "left-to-scitq" | "set-to-never";

/**
 * Why a worker takes no tasks of a dialect; undefined when it does.
 *
 * @param scitqOnline - whether a worker of scitq's is online that takes tasks
 */
export function leavesDialect(
  { kind, taskqueue }: Pick<Worker, "kind" | "taskqueue">,
  dialect: Dialect,
  scitqOnline: boolean,
): LeftBy | undefined {
  if (dialect !== "taskqueue") return kind === "scitq" ? "speaks-taskqueue" : undefined;
  if (kind === "scitq") return undefined;
  if (taskqueue === "never") return "set-to-never";
  return taskqueue === "fallback" && scitqOnline ? "left-to-scitq" : undefined;
}

/** The dialects whose tasks a worker takes; undefined when it takes all. */
export function dialectsOf(
  worker: Pick<Worker, "kind" | "taskqueue">,
  scitqOnline: boolean,
): readonly Dialect[] | undefined {
  const taken = dialects.filter((dialect) => leavesDialect(worker, dialect, scitqOnline) === undefined);
  return taken.length === dialects.length ? undefined : taken;
}
