import { RefusedError } from "#core/errors.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** @throws RefusedError `not-found` for what is no number of a task */
export function toTaskId({ taskId = "" }: Readonly<Record<string, string>>): TaskId {
  if (!/^[1-9]\d{0,9}$/.test(taskId)) throw new RefusedError("not-found", `there is no task ${taskId.slice(0, 50)}`);
  return Number(taskId);
}

/** Undefined when none is asked for. */
export function attemptOf(parameters: URLSearchParams): number | undefined {
  const text = parameters.get("attempt");
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RefusedError("invalid", "attempt: a number from 1", "attempt");
  return Number(text);
}
